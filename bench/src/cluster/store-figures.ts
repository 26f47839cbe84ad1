/** What the store itself bears, and what a run has put into it. */

import type { StoredCommit } from '@holdfast/chassis/log/stored-commit.mongo';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { latencies } from '../latencies.ts';

const sampled = 50;

export type Appends = { readonly count: number; readonly bytesEach: number };

/** Commits in the log of inventory, and how long their bodies are. */
export async function appendsIn(url: string): Promise<Appends> {
  const store = await openMongoStore({ url, own: [] });
  try {
    const log = store.collection<StoredCommit>('inventory', 'log');
    const some = await log.find({}, { limit: sampled }).toArray();
    const bytes = some.reduce((sum, { body }) => sum + body.length, 0);
    const count = await log.countDocuments({});
    return { count, bytesEach: Math.round(bytes / Math.max(1, some.length)) };
  } finally {
    await store.close();
  }
}

export type Ceiling = { readonly perSecond: number; readonly p50Ms: number };

type Made = { readonly _id: string; readonly commitId: string; readonly body: string };

/** Bare inserts of documents as long as commits, so many in each, one insert after the other. */
export async function insertCeiling(
  url: string,
  { bytesEach, many, forMs }: { bytesEach: number; many: number; forMs: number },
): Promise<Ceiling> {
  const store = await openMongoStore({ url, own: [] });
  const table = store.collection<Made>('bench', `ceiling_${many}`);
  const body = 'x'.repeat(bytesEach);
  const heard = latencies();
  const startedAt = performance.now();
  let inserted = 0;
  try {
    while (performance.now() - startedAt < forMs) {
      const documents = Array.from({ length: many }, (_, at) => ({
        ...{ _id: `${at}#${inserted}`, commitId: crypto.randomUUID(), body },
      }));
      const at = performance.now();
      await table.insertMany(documents, { ordered: false });
      heard.note(performance.now() - at);
      inserted += many;
    }
    const perSecond = (inserted / (performance.now() - startedAt)) * 1_000;
    return { perSecond, p50Ms: heard.quantile(0.5) };
  } finally {
    await store.close();
  }
}
