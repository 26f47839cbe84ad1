/**
 * The streams of a follower that wait because their oldest events could not be applied. A stream's
 * groups are applied oldest first, whoever asks; each group is a row until it is applied or
 * discarded.
 */
import type { Clock } from './clock.ts';
import type { LaneId } from './commit.ts';
import { withJitter } from './jitter.ts';
import {
  type EventGroup,
  type Parked,
  PermanentFailure,
  parkedCollection,
  parkedFromRow,
  rowOfGone,
  rowOfParked,
  rowPrefix,
  streamKey,
} from './parked.ts';
import { isPassing } from './passing-failure.ts';
import type { PositionWriter } from './position-writer.ts';
import type { ReadModel } from './read-model.ts';

const pageRows = 500;
/** A failure that passes by itself is tried again at least as often as after so many attempts. */
const passingAttemptsMax = 4;

export type ParkedStreams = {
  /** Reads what the last run kept of these lanes. */
  load(readModel: ReadModel, lanes: readonly LaneId[]): Promise<void>;
  /** True when older events of the group's stream wait. */
  waits(group: EventGroup): boolean;
  /** Keeps a group whose first `attempts` attempts have failed; it may be the one after others. */
  add(group: EventGroup, attempts: number, failure: unknown): void;
  /** Keeps a group that comes after others of its stream. */
  addBehind(group: EventGroup): void;
  /** Groups of streams whose oldest group is parked. */
  parked(): readonly Parked[];
  /** Streams, each with its groups, oldest first. */
  streams(): ReadonlyMap<string, readonly Parked[]>;
  /** Applies a stream's groups, oldest first, until one fails or all are done; the ids applied. */
  drain(key: string): Promise<readonly string[]>;
  /** Forgets one group and lets those behind it go on. */
  discard(key: string, id: string): void;
  count(): number;
  /** Resolves when a group is gone, or at a stop. */
  room(): Promise<void>;
  stop(): Promise<void>;
};

/** Rows of other lanes are the affair of who follows those. */
async function* keptOf(readModel: ReadModel, name: string, lane: LaneId): AsyncGenerator<Parked> {
  const prefix = rowPrefix(lane);
  for (let after = prefix; ; ) {
    const range = { prefix, after, limit: pageRows, direction: 'up' } as const;
    const rows = await readModel.range(parkedCollection(name), range);
    for (const row of rows) yield parkedFromRow(row);
    after = rows.at(-1)?.id ?? after;
    if (rows.length < pageRows) return;
  }
}

export function parkedStreams(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly writer: PositionWriter;
  readonly retryDelaysMs: readonly number[];
  readonly apply: (group: EventGroup) => Promise<void>;
}): ParkedStreams {
  const { name, clock, writer, retryDelaysMs } = options;
  const streams = new Map<string, Parked[]>();
  const timers = new Map<string, () => void>();
  const draining = new Map<string, Promise<readonly string[]>>();
  let count = 0;
  let stopped = false;
  let tellRoom: (() => void)[] = [];

  const hasRoom = () => {
    const told = tellRoom;
    tellRoom = [];
    for (const tell of told) tell();
  };

  const save = (parked: Parked) => writer.put(rowOfParked(name, parked));

  const failed = (group: EventGroup, attempts: number, failure: unknown): Parked['status'] => {
    // However long an outage lasts, what it held up goes on by itself soon after.
    const counted = isPassing(failure) ? Math.min(attempts, passingAttemptsMax) : attempts;
    const delayMs = retryDelaysMs[counted - 1];
    const now = clock.now();
    if (failure instanceof PermanentFailure || delayMs === undefined) {
      return { type: 'parked', attempts: counted, since: now };
    }
    const nextAt = now + withJitter(delayMs, group.id, counted);
    return { type: 'retrying', attempts: counted, nextAt };
  };

  const textOf = (failure: unknown) =>
    failure instanceof Error
      ? { cause: failure.name, reason: failure.message }
      : { cause: 'Failure', reason: String(failure) };

  /** Never longer than the delay itself: the clock may have been set back since. */
  const leftMs = (
    { attempts, nextAt }: Extract<Parked['status'], { type: 'retrying' }>,
    id: string,
  ) => Math.min(nextAt - clock.now(), withJitter(retryDelaysMs[attempts - 1] ?? 0, id, attempts));

  const arm = (key: string) => {
    timers.get(key)?.();
    timers.delete(key);
    const first = streams.get(key)?.[0];
    if (stopped || draining.has(key) || !first || first.status.type === 'parked') return;
    const { status, id } = first;
    // Behind one that is gone: its turn is now.
    const delayMs = status.type === 'retrying' ? leftMs(status, id) : 0;
    timers.set(
      key,
      clock.after(Math.max(0, delayMs), () => {
        timers.delete(key);
        void drain(key);
      }),
    );
  };

  const push = (parked: Parked) => {
    const key = streamKey(parked);
    const queue = streams.get(key);
    if (queue) queue.push(parked);
    else streams.set(key, [parked]);
    count += 1;
    return key;
  };

  const removeGroup = (key: string, parked: Parked) => {
    const queue = streams.get(key) ?? [];
    const at = queue.findIndex(({ id }) => id === parked.id);
    if (at === -1) return;
    queue.splice(at, 1);
    if (queue.length === 0) streams.delete(key);
    count -= 1;
    writer.put(rowOfGone(name, parked));
    hasRoom();
  };

  const attempt = async (key: string, parked: Parked): Promise<boolean> => {
    try {
      await options.apply(parked);
    } catch (failure) {
      const attempts = (parked.status.type === 'behind' ? 0 : parked.status.attempts) + 1;
      const status = failed(parked, attempts, failure);
      const queue = streams.get(key);
      // It may have been discarded meanwhile.
      if (queue?.[0] !== parked) return true;
      queue[0] = { ...parked, ...textOf(failure), status, rowVersion: parked.rowVersion + 1 };
      save(queue[0]);
      return false;
    }
    removeGroup(key, parked);
    return true;
  };

  const drainQueue = async (key: string): Promise<readonly string[]> => {
    const applied: string[] = [];
    for (let next = streams.get(key)?.[0]; next && !stopped; next = streams.get(key)?.[0]) {
      if (!(await attempt(key, next))) break;
      applied.push(next.id);
    }
    return applied;
  };

  const drain = (key: string): Promise<readonly string[]> => {
    const underWay = draining.get(key);
    if (underWay) return underWay;
    timers.get(key)?.();
    timers.delete(key);
    const run = drainQueue(key).finally(() => {
      draining.delete(key);
      arm(key);
    });
    draining.set(key, run);
    return run;
  };

  return {
    async load(readModel, lanes) {
      for (const lane of lanes) {
        for await (const parked of keptOf(readModel, name, lane)) push(parked);
      }
      for (const key of streams.keys()) arm(key);
    },

    waits: (group) => streams.has(streamKey(group)),

    add(group, attempts, failure) {
      const status = failed(group, attempts, failure);
      const parked = { ...group, ...textOf(failure), status, rowVersion: 1 };
      save(parked);
      arm(push(parked));
    },

    addBehind(group) {
      const known = streams.get(streamKey(group))?.some(({ id }) => id === group.id);
      // After a crash a group that is a row already may come again.
      if (known) return;
      const status = { type: 'behind' } as const;
      const parked = { ...group, cause: '', reason: '', status, rowVersion: 1 };
      save(parked);
      push(parked);
    },

    parked: () =>
      [...streams.values()].flatMap((queue) => (queue[0]?.status.type === 'parked' ? queue : [])),

    streams: () => streams,
    drain,

    discard(key, id) {
      const parked = streams.get(key)?.find((one) => one.id === id);
      if (!parked) return;
      removeGroup(key, parked);
      arm(key);
    },

    count: () => count,

    room: () =>
      new Promise((resolve) => {
        tellRoom.push(resolve);
      }),

    async stop() {
      stopped = true;
      hasRoom();
      for (const cancel of timers.values()) cancel();
      timers.clear();
      await Promise.all(draining.values());
    },
  };
}
