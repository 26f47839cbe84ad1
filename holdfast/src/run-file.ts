/** Where a running system can be found by the commands beside it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const runText = z.object({ url: z.url(), pid: z.number().int().positive() });
export type Run = z.infer<typeof runText>;

const fileOf = (folder: string) => join(folder, 'run.json');

export function writeRunFile(folder: string, run: Run): () => void {
  const file = fileOf(folder);
  writeFileSync(file, `${JSON.stringify(run)}\n`, { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process, or one of somebody else's: not ours in either case.
    return false;
  }
};

/** undefined when nothing runs on the folder; a file left by a killed process says nothing. */
export function runningSystem(folder: string): Run | undefined {
  const file = fileOf(folder);
  if (!existsSync(file)) return undefined;
  const parsed = runText.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}
