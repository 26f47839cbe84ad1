/** Servers that measurements start beside themselves: each prints where it listens. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StartedBy } from './child.ts';

const mark = 'LISTENS ';

export type AddressedServer = {
  readonly endpoint: string;
  readonly pid: number;
  stop(): void;
};

/** @param file of this folder */
export async function startServer<Case>(
  file: string,
  asked: Case,
  startedBy: StartedBy = [],
): Promise<AddressedServer> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [program = '', ...args] = [...startedBy, process.execPath, path, JSON.stringify(asked)];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true' },
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(mark)) continue;
    return {
      endpoint: line.slice(mark.length),
      pid: child.pid ?? 0,
      stop() {
        process.off('exit', endWithUs);
        child.kill('SIGKILL');
      },
    };
  }
  throw new Error(`${file} ended before it listened`);
}

export const tellAddress = (endpoint: string) => process.stdout.write(`${mark}${endpoint}\n`);
