/** How the commits of one context are found: by range, or by id where a range is a scan. */
import type { Collection } from 'mongodb';
import type { LaneId } from '../commit.ts';
import { lookById } from '../mongo/look-by-id.mongo.ts';
import { workWithinMs } from '../mongo/store.mongo.ts';
import { commitKey, laneEnd, lanePrefix, type StoredCommit } from './stored-commit.mongo.ts';

type Log = Collection<StoredCommit>;

export type CommitReads = {
  /** Of `limit` versions from `from` on, those that are there, in order. */
  page(lane: LaneId, from: number, limit: number): Promise<readonly StoredCommit[]>;
  last(lane: LaneId): Promise<StoredCommit | undefined>;
};

export const readsByRange = (log: Log): CommitReads => ({
  page({ lane }, from, limit) {
    const ids = { $gte: commitKey(lane, from), $lt: commitKey(lane, from + limit) };
    return log.find({ _id: ids }, { limit, maxTimeMS: workWithinMs }).sort({ _id: 1 }).toArray();
  },
  async last({ lane }) {
    const ids = { $gte: lanePrefix(lane), $lt: laneEnd(lane) };
    const options = { limit: 1, maxTimeMS: workWithinMs };
    const [last] = await log.find({ _id: ids }, options).sort({ _id: -1 }).toArray();
    return last;
  },
});

/** Most looks find nothing new; who finds something asks for twice as much next. */
const firstLookCommits = 1;

export function readsById(log: Log): CommitReads {
  const ends = new Map<number, number>();
  const find = (lane: number, version: number, projection?: { readonly _id: 1 }) =>
    log.findOne(
      { _id: commitKey(lane, version) },
      { maxTimeMS: workWithinMs, ...(projection && { projection }) },
    );
  return {
    async page({ lane }, from, limit) {
      const page: StoredCommit[] = [];
      for (let count = firstLookCommits; page.length < limit; count *= 2) {
        const next = from + page.length;
        const wanted = Math.min(count, limit - page.length);
        const ids = Array.from({ length: wanted }, (_, at) => commitKey(lane, next + at));
        const found = await lookById(log, ids);
        page.push(...ids.flatMap((id) => found.get(id) ?? []));
        if (found.size < wanted) break;
      }
      return page;
    },
    async last({ lane }) {
      const has = async (version: number) => (await find(lane, version, { _id: 1 })) !== null;
      const end = await findEnd(has, ends.get(lane) ?? 0);
      ends.set(lane, end);
      return (await find(lane, end)) ?? undefined;
    },
  };
}

/** A lane is dense, so a few looks find its end, however long it is. */
async function findEnd(has: (version: number) => Promise<boolean>, known: number): Promise<number> {
  let end = known;
  let step = 1;
  for (; await has(end + step); step *= 2) end += step;
  for (let beyond = end + step; beyond - end > 1; ) {
    const middle = Math.floor((end + beyond) / 2);
    if (await has(middle)) end = middle;
    else beyond = middle;
  }
  return end;
}
