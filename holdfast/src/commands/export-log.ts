/** `holdfast export FILE`: the whole log, one commit a line, portable between stores. */

import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { readSettings } from '../settings.ts';
import { openForReading } from '../stored-log.ts';

/** The exit code. */
export async function exportLog(file: string): Promise<number> {
  const { stored } = await openForReading(readSettings(process.env));
  try {
    const lines = createWriteStream(file, { mode: 0o600 });
    let commits = 0;
    for await (const { at: _, entries: __, ...record } of stored.commits()) {
      commits += 1;
      if (!lines.write(`${JSON.stringify(record)}\n`)) await once(lines, 'drain');
    }
    lines.end();
    await finished(lines);
    writeFileSync(`${file}.keys`, `${JSON.stringify(await stored.secrets())}\n`, { mode: 0o600 });
    process.stdout.write(
      `${commits} commits in ${file}; keys of personal data and hashes in ${file}.keys (keep it secret)\n`,
    );
    return 0;
  } finally {
    await stored.close();
  }
}
