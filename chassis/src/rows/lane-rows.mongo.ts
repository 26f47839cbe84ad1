import type { Collection } from 'mongodb';
import type { Clock, Instant } from '../clock.ts';
import type { Outcome } from '../commit.ts';
import { StoreCorrupt } from '../log/event-log.ts';
import { lanePrefix } from '../log/stored-commit.mongo.ts';
import { tellingAway } from '../mongo/away.mongo.ts';
import { findEach } from '../mongo/find-each.mongo.ts';
import { oncePerContext } from '../mongo/once-per-context.ts';
import { type MongoStore, workWithinMs } from '../mongo/store.mongo.ts';
import { writeNewer } from '../mongo/write-newer.mongo.ts';
import { rowSum } from '../row-sum.ts';
import { listsByIndex, listsByScan } from './lane-lists.mongo.ts';
import type { LaneRows, OutcomeRow, StreamRow } from './lane-rows.ts';

type StoredStream = {
  /** Lane and stream. */
  readonly _id: string;
  readonly lane: number;
  readonly version: number;
  readonly due: number | null;
  readonly sum: number;
  readonly state: string;
};

type StoredOutcome = {
  /** Lane, caller, mutation and key. */
  readonly _id: string;
  readonly lane: number;
  readonly version: number;
  readonly keepUntil: number;
  readonly input: string;
  /** JSON text: its keys may be names that mean something to MongoDB. */
  readonly outcome: string;
};

type StoredCheckpoint = { readonly _id: string; readonly version: number };

// A bounded part of what may go: forgetting must not make anybody wait.
const forgottenMax = 500;
const forgetEveryMs = 5_000;
/** At the latest: what a process keeps from now on it keeps for longer, but others import. */
const forgetAgainMs = 3_600_000;

function streamFromStored(stored: StoredStream, lane: number): StreamRow {
  const stream = stored._id.slice(lanePrefix(lane).length);
  const { version, state, due } = stored;
  if (rowSum(stream, version, state) !== stored.sum) {
    throw new StoreCorrupt(`the row of ${stream} is not what was written: its sum does not match`);
  }
  return { stream, version, state, due: due ?? undefined };
}

const outcomeFromStored = (stored: StoredOutcome, lane: number): OutcomeRow => ({
  id: stored._id.slice(lanePrefix(lane).length),
  input: stored.input,
  outcome: JSON.parse(stored.outcome) as Outcome,
  version: stored.version,
  keepUntil: stored.keepUntil,
});

type Outcomes = Collection<StoredOutcome>;

/** Called after each checkpoint; looks once something may be old, until nothing old is left. */
function forgetting(now: () => Instant) {
  const againAt = new Map<string, Instant>();
  return async (outcomes: Outcomes, lane: number): Promise<void> => {
    const at = now();
    const key = outcomes.namespace + lane;
    if (at < (againAt.get(key) ?? 0)) return;
    const options = { projection: { keepUntil: 1 }, limit: forgottenMax, maxTimeMS: workWithinMs };
    const next = await outcomes.find({ lane }, options).sort({ keepUntil: 1 }).toArray();
    const old = next.filter(({ keepUntil }) => keepUntil < at);
    const young = next.at(old.length)?.keepUntil ?? Number.POSITIVE_INFINITY;
    const again = Math.max(at + forgetEveryMs, Math.min(young, at + forgetAgainMs));
    if (old.length < forgottenMax) againAt.set(key, again);
    if (old.length === 0) return;
    // Once more with the time: a key may have been used anew meanwhile.
    const ids = old.map(({ _id }) => _id);
    await outcomes.deleteMany({ _id: { $in: ids }, lane, keepUntil: { $lt: at } });
  };
}

const toStoredStream = (lane: number, { stream, version, state, due }: StreamRow) => ({
  ...{ _id: lanePrefix(lane) + stream, lane, version, due: due ?? null },
  ...{ sum: rowSum(stream, version, state), state },
});

const toStoredOutcome = (lane: number, row: OutcomeRow): StoredOutcome => {
  const { id, version, keepUntil, input, outcome } = row;
  const _id = lanePrefix(lane) + id;
  return { _id, lane, version, keepUntil, input, outcome: JSON.stringify(outcome) };
};

const scannedMax = 200_000;

function listsIn(store: MongoStore, clock: Clock) {
  const listsBy = store.rangesAreIndexed ? listsByIndex : listsByScan;
  const scanning = { clock, rowsMax: scannedMax };
  return oncePerContext((context) =>
    listsBy(store.collection(context, 'streams'), store.collection(context, 'outcomes'), scanning),
  );
}

/** @param clock says which outcomes need not be kept any longer, and when a scan goes on */
export function mongoLaneRows(store: MongoStore, clock: Clock): LaneRows {
  const streamsOf = (context: string) => store.collection<StoredStream>(context, 'streams');
  const outcomesOf = (context: string) => store.collection<StoredOutcome>(context, 'outcomes');
  const checkpointsOf = (context: string) =>
    store.collection<StoredCheckpoint>(context, 'checkpoints');
  const forgetOutcomes = forgetting(clock.now);
  const listsOf = listsIn(store, clock);

  return tellingAway({
    async checkpoint({ context, lane }) {
      const found = await checkpointsOf(context).findOne({ _id: lanePrefix(lane) });
      return found?.version ?? 0;
    },

    async streams({ context, lane }, names) {
      const ids = names.map((name) => lanePrefix(lane) + name);
      const found = await findEach(store, streamsOf(context), ids);
      return found.map((stored) => stored && streamFromStored(stored, lane));
    },

    async outcomes({ context, lane }, ids) {
      const stored = ids.map((id) => lanePrefix(lane) + id);
      const found = await findEach(store, outcomesOf(context), stored);
      return found.map((each) => each && outcomeFromStored(each, lane));
    },

    outcomeIds: ({ context, lane }, afterId, limit) =>
      listsOf(context).outcomeIds(lane, afterId, limit),
    streamNames: ({ context, lane }, prefix, afterName, limit) =>
      listsOf(context).streamNames(lane, prefix, afterName, limit),
    due: ({ context, lane }, until, limit) => listsOf(context).due(lane, until, limit),

    async write({ context, lane }, { streams, outcomes, checkpoint }) {
      const streamRows = streams.map((row) => toStoredStream(lane, row));
      const outcomeRows = outcomes.map((row) => toStoredOutcome(lane, row));
      await Promise.all([
        writeNewer(store, streamsOf(context), streamRows),
        writeNewer(store, outcomesOf(context), outcomeRows),
      ]);
      if (checkpoint === undefined) return;
      // After the rows that earn it.
      const _id = lanePrefix(lane);
      await writeNewer(store, checkpointsOf(context), [{ _id, version: checkpoint }]);
      await forgetOutcomes(outcomesOf(context), lane);
    },
  });
}
