import { openStoredMongoLog } from '@holdfast/chassis/stored/stored-log.mongo';
import { type Latencies, latencies } from '../latencies.ts';

/** Of a change with this idempotency key. */
export type HeardBadge = { readonly key: string; readonly heardAt: number };

/** When the commits of some commands were begun, in ms since 1970, by idempotency key. */
async function commitTimes(
  url: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const log = await openStoredMongoLog({ url }, ['inventory']);
  const times = new Map<string, number>();
  try {
    for await (const { at, entries } of log.commits()) {
      for (const { command } of entries) {
        if (command?.key !== undefined && keys.has(command.key)) times.set(command.key, at);
      }
    }
  } finally {
    await log.close();
  }
  return times;
}

/**
 * From when a commit was begun to its badges: its own append is included, and the end of the append
 * before it, during which it is begun. Nothing is counted where there is no log.
 *
 * @throws Error for a badge whose change is not in the log
 */
export async function fromCommitOn(
  url: string | undefined,
  badges: readonly HeardBadge[],
): Promise<Latencies> {
  const counted = latencies();
  if (url === undefined) return counted;
  const begun = await commitTimes(url, new Set(badges.map(({ key }) => key)));
  for (const { key, heardAt } of badges) {
    const at = begun.get(key);
    if (at === undefined) throw new Error(`the change ${key} was shown and is not in the log`);
    counted.note(heardAt - at);
  }
  return counted;
}
