import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

function removeAll(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
}

/** A folder of its own for a run; removed when the process ends, however it ends by itself. */
export function temporaryFolder(name: string): string {
  if (made.size === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
  made.add(folder);
  return folder;
}
