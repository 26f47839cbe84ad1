/** `holdfast` as its users run it: a process of its own, started, asked, stopped and killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../holdfast/src/main.ts', import.meta.url));

/** High enough that no run here meets it. */
const unlimited = '100000000/100000000';

export type Keys = Readonly<Record<'storefront' | 'agent' | 'partner' | 'operator', string>>;

export type HoldfastProcess = {
  readonly url: string;
  /** Of the GraphQL endpoint. */
  readonly endpoint: string;
  readonly keys: Keys;
  readonly pid: number;
  /** From the start of the process until it said `ready`. */
  readonly startMs: number;
  /** SIGTERM; resolves when it has ended. @throws when it did not end well */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
};

const environment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOST: '127.0.0.1',
  PORT: '0',
  HOLDFAST_DATA: folder,
  HOLDFAST_STOREFRONT_RATE: unlimited,
  HOLDFAST_KEY_RATE: unlimited,
  NODE_ENV: 'production',
});

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

async function readyLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the process has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return line.slice('ready '.length);
  }
  throw new Error('holdfast ended before it was ready');
}

export type StartOptions = {
  readonly folder: string;
  /** Given to node before the program, e.g. to profile it. */
  readonly nodeFlags?: readonly string[];
};

/** Ends with this process, if not before. */
function spawnStart({ folder, nodeFlags = [] }: StartOptions) {
  const child = spawn(process.execPath, [...nodeFlags, main, 'start', '--empty'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  return child;
}

/** SIGKILL before it says `ready`, as a rule. */
export async function killWhileStarting(folder: string, afterMs: number): Promise<void> {
  const child = spawnStart({ folder });
  child.stdout.resume();
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await ended(child);
}

export async function startHoldfastProcess(options: StartOptions): Promise<HoldfastProcess> {
  const { folder } = options;
  const startedAt = performance.now();
  const child = spawnStart(options);
  const endpoint = await readyLine(child);
  const startMs = performance.now() - startedAt;
  child.stdout.resume();
  const { ok } = await fetch(new URL('/readyz', endpoint));
  if (!ok) throw new Error('holdfast said ready, and /readyz does not');
  const keys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as Keys;
  return {
    ...{ endpoint, keys, startMs, pid: child.pid ?? 0, url: new URL(endpoint).origin },
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
      if (child.exitCode !== 0) throw new Error(`holdfast ended with ${child.exitCode}`);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended(child);
    },
  };
}

export type Verified = { readonly ok: boolean; readonly said: string };

/** `holdfast verify` on the store. */
export async function verifyStore(folder: string): Promise<Verified> {
  const child = spawn(process.execPath, [main, 'verify'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { ok: code === 0 && said.join('').includes('verified'), said: said.join('').trim() };
}

const statusFields = { now: 'VmRSS', peak: 'VmHWM' } as const;

/** Resident memory of a process in MiB, now or at most so far; 0 where the system does not tell. */
export function residentMib(pid: number, which: keyof typeof statusFields = 'now'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = new RegExp(`${statusFields[which]}:\\s+(\\d+) kB`).exec(status)?.[1];
    return Math.round(Number(kib ?? 0) / 1_024);
  } catch {
    return 0;
  }
}
