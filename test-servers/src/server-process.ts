/** A server of our own: started, killed, started again; never left behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { listens } from './ask-server.ts';
import type { ServerProgram } from './find-servers.ts';

export type ServerProcess = {
  readonly url: string;
  readonly port: number;
  /** Of the one that runs now: a restart changes it. */
  readonly pid: () => number;
  /** SIGKILL: what a power cut leaves of a process. Its folder stays. */
  readonly kill: () => Promise<void>;
  /** SIGTERM, and SIGKILL when that does not help. Its folder stays. */
  readonly stop: () => Promise<void>;
  /** After `kill` and `stop` too: at the same address, over the same folder. */
  readonly restart: () => Promise<void>;
};

export type ServerStart = {
  readonly program: ServerProgram;
  readonly parameters: readonly string[];
  readonly url: string;
  readonly port: number;
  /** Deleted should this process die, so that a crashed run leaves nothing. */
  readonly folder: string | undefined;
};

const startTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const pollMs = 20;
const saidCharactersMax = 4_000;

/** Free when asked; whoever starts there and finds it taken asks again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a port has a number');
  return address.port;
}

/**
 * Its standard input ends when this process does, however that dies; then it takes the server
 * along. It leads a group of its own, so an interrupt at the keyboard does not end it first.
 */
const watchman =
  'read -r line; [ "$line" = done ] && exit; kill -9 "$0"; [ -z "$1" ] || rm -rf "$1"';

function guard(pid: number, folder: string | undefined): ChildProcess {
  const child = spawn('sh', ['-c', watchman, String(pid), folder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  return child;
}

type Running = {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly exited: Promise<unknown>;
};

function launch({ program, parameters, folder }: ServerStart): Running {
  const child = spawn(program.file, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  const hear = (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(-saidCharactersMax);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  // A server that was killed no longer reads; that it is gone is told by its exit.
  child.stdin.on('error', () => undefined);
  const exited = new Promise((resolve) => {
    child.on('exit', resolve);
    child.on('error', (error) => {
      said += error.message;
      resolve(error);
    });
  });
  if (child.pid !== undefined && process.platform !== 'win32') {
    const guarding = guard(child.pid, folder);
    guarding.stdin?.on('error', () => undefined);
    exited.then(() => guarding.stdin?.end('done\n'));
  }
  return { child, said: () => said, exited };
}

const isOver = ({ child }: Running): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

async function untilListening(running: Running, { program, url }: ServerStart): Promise<void> {
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += pollMs) {
    if (isOver(running)) throw new Error(`${program.kind} ended at its start: ${running.said()}`);
    if (await listens(url)) return;
    await pause(pollMs);
  }
  running.child.kill('SIGKILL');
  throw new Error(`${program.kind} did not listen at ${url} in time: ${running.said()}`);
}

async function end(running: Running, signal: NodeJS.Signals): Promise<void> {
  if (isOver(running)) return;
  running.child.kill(signal);
  const late = setTimeout(() => running.child.kill('SIGKILL'), stopTimeoutMs);
  await running.exited;
  clearTimeout(late);
}

/** @throws with what the server said, when it does not come up */
export async function startProcess(start: ServerStart): Promise<ServerProcess> {
  let running = launch(start);
  await untilListening(running, start);
  return {
    url: start.url,
    port: start.port,
    pid: () => running.child.pid ?? 0,
    kill: () => end(running, 'SIGKILL'),
    stop: () => end(running, 'SIGTERM'),
    restart: async () => {
      await end(running, 'SIGTERM');
      running = launch(start);
      await untilListening(running, start);
    },
  };
}
