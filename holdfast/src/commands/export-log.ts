/** `holdfast export FILE`: the whole log, one commit a line, portable between stores. */

import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { callersIn } from '../keys.ts';
import { readSettings, type Settings } from '../settings.ts';
import { openForReading } from '../stored-log.ts';

/** Who may call, so that the same keys open the store that the log goes into. */
async function callersOf(settings: Settings) {
  if (settings.topology === 'embedded') return callersIn(settings.data);
  const { openApiKeys } = await import('../clustered/open-api-keys.ts');
  const { validKeys } = await import('../clustered/keys-of-callers.ts');
  const opened = await openApiKeys({ MONGODB_URL: settings.cluster.mongodbUrl });
  try {
    return (await validKeys(opened.apiKeys)).map(({ hash, caller }) => ({ hash, caller }));
  } finally {
    await opened.close();
  }
}

/** The exit code. */
export async function exportLog(file: string): Promise<number> {
  const settings = readSettings(process.env);
  const { stored } = await openForReading(settings);
  try {
    const lines = createWriteStream(file, { mode: 0o600 });
    let commits = 0;
    for await (const { at: _, entries: __, ...record } of stored.commits()) {
      commits += 1;
      if (!lines.write(`${JSON.stringify(record)}\n`)) await once(lines, 'drain');
    }
    lines.end();
    await finished(lines);
    const beside = { ...(await stored.secrets()), callers: await callersOf(settings) };
    writeFileSync(`${file}.keys`, `${JSON.stringify(beside)}\n`, { mode: 0o600 });
    process.stdout.write(
      `${commits} commits in ${file}; ` +
        `keys of personal data and hashes in ${file}.keys (keep it secret)\n`,
    );
    const parked = await stored.parkedGroups();
    if (parked > 0) {
      process.stderr.write(
        `${parked} groups of events are parked and stay behind: their effects are missing in the ` +
          'export; replay or discard them and export again.\n',
      );
    }
    return 0;
  } finally {
    await stored.close();
  }
}
