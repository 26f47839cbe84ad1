import { openStoredMongoLog } from '@holdfast/chassis/stored/stored-log.mongo';
import { type Latencies, latencies } from '../latencies.ts';
import { hearCommitMessages } from './commit-messages.ts';
import type { Change } from './made-changes.ts';

/** All times are of this process's clock. */
export type HeardBadge = { readonly change: Change; readonly heardAt: number };

export type CommitTimes = {
  /** Once. @throws Error for a badge whose change is not in the log, or was not told of */
  to(badges: readonly HeardBadge[]): Promise<{
    /**
     * From when a commit was begun: its own append is included, and the end of the append before
     * it, during which it is begun.
     */
    readonly fromBegun: Latencies;
    /**
     * From when it was known here that the commit is durable: by its message to the broker or by
     * the answer to its command, whichever came first.
     */
    readonly fromDurable: Latencies;
  }>;
};

/** When the commits of some commands were begun, by idempotency key. */
async function begunTimes(
  url: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const log = await openStoredMongoLog({ url }, ['inventory']);
  const times = new Map<string, number>();
  try {
    for await (const { at, entries } of log.commits()) {
      for (const { command } of entries) {
        if (command?.key === undefined || !keys.has(command.key)) continue;
        times.set(command.key, at - performance.timeOrigin);
      }
    }
  } finally {
    await log.close();
  }
  return times;
}

/**
 * Of changes that are made from now on. Nothing is counted where there are no servers; a quantile
 * of nothing is 0.
 */
export async function watchCommits(
  servers: { readonly mongoUrl: string; readonly natsUrl: string } | undefined,
): Promise<CommitTimes> {
  const nothing = { fromBegun: latencies(), fromDurable: latencies() };
  if (!servers) return { to: async () => nothing };
  const messages = await hearCommitMessages(servers.natsUrl);
  return {
    async to(badges) {
      if (badges.length === 0) throw new Error('no badge was heard');
      const [fromBegun, fromDurable] = [latencies(), latencies()];
      const heard = await messages.end();
      const begun = await begunTimes(servers.mongoUrl, new Set(badges.map((b) => b.change.key)));
      for (const { change, heardAt } of badges) {
        const { key, answeredAt = Number.POSITIVE_INFINITY } = change;
        const [begunAt, toldAt] = [begun.get(key), heard.get(key)];
        if (begunAt === undefined) throw new Error(`${key} was shown and is not in the log`);
        if (toldAt === undefined) throw new Error(`${key} was shown and is not in the stream`);
        fromBegun.note(heardAt - begunAt);
        fromDurable.note(heardAt - Math.min(answeredAt, toldAt));
      }
      return { fromBegun, fromDurable };
    },
  };
}
