/** `holdfast export FILE`: the whole log, one commit a line, portable between stores. */

import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { readEmbeddedSettings } from '../settings.ts';
import { openForReading } from '../stored-log.ts';

/** The exit code. */
export async function exportLog(file: string): Promise<number> {
  const stored = openForReading(readEmbeddedSettings(process.env, 'export').data);
  try {
    const lines = createWriteStream(file, { mode: 0o600 });
    let commits = 0;
    for (const { at: _, entries: __, ...record } of stored.commits()) {
      commits += 1;
      if (!lines.write(`${JSON.stringify(record)}\n`)) await once(lines, 'drain');
    }
    lines.end();
    await finished(lines);
    writeFileSync(`${file}.keys`, `${JSON.stringify(stored.secrets())}\n`, { mode: 0o600 });
    process.stdout.write(
      `${commits} commits in ${file}; keys of personal data and hashes in ${file}.keys (keep it secret)\n`,
    );
    return 0;
  } finally {
    stored.close();
  }
}
