/** One process of a clustered system: at an address that stays its own, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../holdfast/src/main.ts', import.meta.url));
const saidLinesMax = 200;

export type PartName = 'gateway' | 'inventory' | 'orders' | 'all';
export type Environment = Readonly<Record<string, string>>;

export type Part = {
  readonly name: PartName;
  readonly url: string;
  /** Of the GraphQL endpoint. */
  readonly endpoint: string;
  /** Of the one that runs now. */
  pid(): number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns its exit code; null when it had to be killed */
  stop(): Promise<number | null>;
  /** @returns how long it took to be ready, in ms @throws with what it said when it ends before */
  start(): Promise<number>;
  /** The last lines on its standard error. */
  said(): readonly string[];
};

const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

const ended = async (child: ChildProcess | undefined): Promise<void> => {
  if (child && !isOver(child)) await once(child, 'exit');
};

/** Ends with this process, if not before. */
export function spawnHoldfast(environment: Environment, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  return child;
}

export type Finished = {
  readonly code: number | null;
  /** On its standard output alone. */
  readonly printed: string;
  /** On both. */
  readonly said: string;
};

/** Runs one command to its end. */
export async function runHoldfast(environment: Environment, ...args: string[]): Promise<Finished> {
  const child = spawnHoldfast(environment, args);
  const printed: string[] = [];
  const said: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed: printed.join('').trim(), said: said.join('').trim() };
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (!child.stdout) throw new Error('the process has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return child.stdout.resume() && undefined;
  }
  throw new Error('it ended before it was ready');
}

const stopWithinMs = 10_000;

/** @param port stays taken by nobody while it is down, on loopback */
export function partProcess(name: PartName, port: number, environment: Environment): Part {
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  let child: ChildProcess | undefined;
  return {
    ...{ name, url, endpoint: `${url}/graphql` },
    pid: () => child?.pid ?? 0,
    async kill() {
      child?.kill('SIGKILL');
      await ended(child);
    },
    async stop() {
      child?.kill('SIGTERM');
      const late = setTimeout(() => child?.kill('SIGKILL'), stopWithinMs);
      await ended(child);
      clearTimeout(late);
      return child?.exitCode ?? null;
    },
    async start() {
      const startedAt = performance.now();
      child = spawnHoldfast({ ...environment, PORT: String(port), HOLDFAST_ROLE: name }, ['start']);
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        lines.push(...text.trimEnd().split('\n'));
        lines.splice(0, Math.max(0, lines.length - saidLinesMax));
      });
      try {
        await untilReady(child);
      } catch (cause) {
        throw new Error(`${name} did not start: ${lines.slice(-3).join(' ')}`, { cause });
      }
      return performance.now() - startedAt;
    },
    said: () => lines,
  };
}
