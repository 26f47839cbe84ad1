/** Holdfast as a process of its own, started as `npm start` does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type Process = {
  readonly child: ChildProcess;
  /** Its URL once it says that it is ready. @throws when it ends before */
  ready(): Promise<string>;
  ended: Promise<Ended>;
};

const readyLine = /^ready (http:\/\/[^/]+)\/graphql$/m;

/**
 * @param folder none for a part of a clustered system
 * @param environment beside the folder; PORT 0 unless said otherwise
 */
export function startProcess(
  folder: string | undefined,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = ['start', '--empty'],
): Process {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH,
      NODE_COMPILE_CACHE,
      PORT: '0',
      ...(folder && { HOLDFAST_DATA: folder }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  let told = () => {};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
      told();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, ...texts });
      told();
    });
  });
  const isEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    ended,
    async ready() {
      for (;;) {
        const [, url] = readyLine.exec(texts.stdout) ?? [];
        if (url !== undefined) return url;
        if (isEnded()) throw new Error(`it ended: ${texts.stderr}`);
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}

const keysShape = z.object({
  ...{ storefront: z.string(), agent: z.string(), partner: z.string(), operator: z.string() },
});
export const keysIn = (folder: string) =>
  keysShape.parse(JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')));

/** Folders and processes of one test file, gone with `clear`. */
export function workshop() {
  const folders: string[] = [];
  const processes: Process[] = [];
  return {
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-process-'));
      folders.push(folder);
      return folder;
    },
    start(...args: Parameters<typeof startProcess>) {
      const started = startProcess(...args);
      processes.push(started);
      return started;
    },
    async clear() {
      for (const { child } of processes) child.kill('SIGKILL');
      await Promise.all(processes.splice(0).map(({ ended }) => ended));
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}
