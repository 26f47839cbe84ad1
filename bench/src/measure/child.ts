/**
 * A measurement in a process of its own: what it is asked comes as an argument, its figures go back
 * on stdout.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const mark = 'FIGURES ';

/** What a process is started by, e.g. `taskset -c 0`. */
export type StartedBy = readonly string[];

/** @param file of this folder, e.g. `ledger.ts` */
export async function measure<Case, Figures>(
  file: string,
  asked: Case,
  startedBy: StartedBy = [],
): Promise<Figures> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [program = '', ...args] = [...startedBy, process.execPath, path, JSON.stringify(asked)];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('exit', endWithUs);
  const line = said
    .join('')
    .split('\n')
    .find((each) => each.startsWith(mark));
  if (code !== 0 || line === undefined) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(line.slice(mark.length)) as Figures;
}

export const caseFromParent = <Case>(): Case => JSON.parse(process.argv[2] ?? '{}') as Case;

export function answerParent<Figures>(figures: Figures): never {
  process.stdout.write(`${mark}${JSON.stringify(figures)}\n`);
  process.exit(0);
}
