/** What is listed of a lane's rows: by index, or where there is none by scans that all share. */
import type { Collection } from 'mongodb';
import type { Instant } from '../clock.ts';
import { laneEnd, lanePrefix } from '../log/stored-commit.mongo.ts';
import { type Scanning, scanned } from '../mongo/scan.mongo.ts';
import { workWithinMs } from '../mongo/store.mongo.ts';
import { idsUp } from '../read-model/merge-range.ts';
import { type Due, endOfNames } from './lane-rows.ts';

type Streams = Collection<{ _id: string; lane: number; due: number | null }>;
type Outcomes = Collection<{ _id: string }>;
/** Streams or outcomes, of which only ids are listed. */
type Ids = Outcomes;

export type LaneLists = {
  /** Of streams that begin so, in their order, those after `afterName`. */
  streamNames(
    lane: number,
    prefix: string,
    afterName: string,
    limit: number,
  ): Promise<readonly string[]>;
  /** Streams that are due before then, the earliest first. */
  due(lane: number, until: Instant, limit: number): Promise<readonly Due[]>;
  /** In their order, those after `afterId`. */
  outcomeIds(lane: number, afterId: string, limit: number): Promise<readonly string[]>;
};

const dueOf = (lane: number, { _id, due }: { _id: string; due: number | null }): Due => ({
  stream: _id.slice(lanePrefix(lane).length),
  due: Number(due),
});

/** What follows the lane's prefix in ids after one and before another, in their order. */
async function idsBetween(
  rows: Ids,
  lane: number,
  between: { readonly after: string; readonly end: string },
  limit: number,
): Promise<readonly string[]> {
  const own = lanePrefix(lane);
  const filter = { _id: { $gt: own + between.after, $lt: between.end } };
  const options = { projection: { _id: 1 }, limit, maxTimeMS: workWithinMs };
  const page = await rows.find(filter, options).sort({ _id: 1 }).toArray();
  return page.map(({ _id }) => _id.slice(own.length));
}

export const listsByIndex = (streams: Streams, outcomes: Outcomes): LaneLists => ({
  streamNames(lane, prefix, afterName, limit) {
    const end = lanePrefix(lane) + endOfNames(prefix);
    return idsBetween(streams as never, lane, { after: afterName || prefix, end }, limit);
  },
  async due(lane, until, limit) {
    const filter = { lane, due: { $gte: 0, $lt: until } };
    const options = { projection: { due: 1 }, limit, maxTimeMS: workWithinMs };
    const page = await streams.find(filter, options).sort({ due: 1 }).toArray();
    return page.map((stored) => dueOf(lane, stored));
  },
  outcomeIds: (lane, afterId, limit) =>
    idsBetween(outcomes, lane, { after: afterId, end: laneEnd(lane) }, limit),
});

/**
 * All lanes of a process open, and look at their timers, at about the same time. A scan that does
 * not come to its end says nothing of what it left out: a key that is there would pass for new.
 */
export function listsByScan(streams: Streams, outcomes: Outcomes, scanning: Scanning): LaneLists {
  const { rowsMax } = scanning;
  const allDue = sharedByAll(async () => {
    const timed = { filter: { due: { $ne: null } }, fields: ['lane', 'due'] } as const;
    const found = await scanned(streams, timed, scanning);
    return found.sort((one, other) => Number(one.due) - Number(other.due));
  });
  const allIdsOf = (rows: Ids) =>
    sharedByAll(async () => {
      const found = await scanned(rows, { filter: {}, fields: ['_id'] }, scanning);
      return found.map(({ _id }) => _id);
    });
  const allStreams = allIdsOf(streams as never);
  const allOutcomes = allIdsOf(outcomes);
  const alone = listsByIndex(streams, outcomes);
  return {
    async streamNames(lane, prefix, afterName, limit) {
      const all = await allStreams();
      if (all.length === rowsMax) return alone.streamNames(lane, prefix, afterName, limit);
      return idsAmong(all, lane, { prefix, after: afterName }, limit);
    },
    async due(lane, until, limit) {
      const all = await allDue();
      if (all.length === rowsMax) return alone.due(lane, until, limit);
      const own = all.filter((each) => each.lane === lane && Number(each.due) < until);
      return own.slice(0, limit).map((stored) => dueOf(lane, stored));
    },
    async outcomeIds(lane, afterId, limit) {
      const all = await allOutcomes();
      if (all.length === rowsMax) return alone.outcomeIds(lane, afterId, limit);
      return idsAmong(all, lane, { prefix: '', after: afterId }, limit);
    },
  };
}

/** What follows the lane's prefix in ids that begin so, after one, in their order. */
function idsAmong(
  all: readonly string[],
  lane: number,
  { prefix, after }: { readonly prefix: string; readonly after: string },
  limit: number,
): readonly string[] {
  const own = lanePrefix(lane);
  const found = idsUp(all, { prefix: own + prefix, after: own + after, limit });
  return found.map((id) => id.slice(own.length));
}

/** Who asks while one is under way has the next: it begins after they have asked. */
function sharedByAll<Found>(find: () => Promise<Found>): () => Promise<Found> {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: Promise<Found> | undefined;
  const begin = () => {
    next = undefined;
    const found = find();
    underWay = found.catch(() => {});
    return found;
  };
  return () => {
    next ??= underWay.then(begin);
    return next;
  };
}
