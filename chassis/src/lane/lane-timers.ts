/**
 * When streams want to be woken: the near future in memory, all of it as rows beside the streams.
 */
import { binaryHeap } from '../binary-heap.ts';
import type { Clock, Instant } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { Due, LaneRows } from '../rows/lane-rows.ts';
import { awayOnly } from '../store-failure.ts';

const horizonMs = 300_000;
/** Seldom: a store without an index of times has to read all rows. */
const refreshMs = 240_000;
/** So long before the last one that is known, where more are near than were read. */
const aheadMs = horizonMs - refreshMs;
const dueRowsMax = 20_000;
/** After a failure, and at the soonest. */
const refreshSoonMs = 5_000;
const wakeAtOnceMax = 500;
/** A stream that is still due after it was woken is woken again, but not before this. */
const wakeAgainMs = 1_000;

export type LaneTimers = {
  /** The stream now wants this; undefined: nothing. */
  set(stream: string, due: Instant | undefined): void;
  start(): Promise<void>;
  stop(): void;
};

function againAfter(near: readonly Due[], now: Instant): number {
  const last = near.length < dueRowsMax ? undefined : near.at(-1);
  if (!last) return refreshMs;
  return Math.max(refreshSoonMs, Math.min(refreshMs, last.due - aheadMs - now));
}

/** @param wake asks the lane to let these streams decide that time has passed; idempotent */
export function laneTimers(
  lane: LaneId,
  rows: LaneRows,
  clock: Clock,
  wake: (streams: readonly string[]) => void,
): LaneTimers {
  const soon = binaryHeap<Due>((a, b) => a.due - b.due);
  // What each stream wants, as far as it was set since start or is near: the heap may hold older
  // wishes.
  const wanted = new Map<string, Instant>();
  let cancelWake = () => {};
  let cancelRefresh = () => {};
  let stopped = true;
  // A look that began before a stop must not go on after the next start.
  let starts = 0;

  const arm = () => {
    cancelWake();
    const next = soon.peek();
    if (next === undefined || stopped) return;
    cancelWake = clock.after(Math.max(0, next.due - clock.now()), fire);
  };

  const fire = () => {
    const now = clock.now();
    const due: string[] = [];
    for (let next = soon.peek(); next && next.due <= now; next = soon.peek()) {
      if (due.length === wakeAtOnceMax) break;
      soon.pop();
      if (wanted.get(next.stream) !== next.due) continue;
      due.push(next.stream);
      // Until the stream says otherwise it is woken again: a wake-up may be refused while the lane
      // is full.
      wanted.set(next.stream, now + wakeAgainMs);
      soon.push({ stream: next.stream, due: now + wakeAgainMs });
    }
    if (due.length > 0) wake(due);
    arm();
  };

  const note = (stream: string, due: Instant) => {
    wanted.set(stream, due);
    soon.push({ stream, due });
    if (soon.peek()?.due === due) arm();
  };

  /** @returns when to look again: what failed is soon made up for, and what is overdue is found */
  const refresh = async (): Promise<number> => {
    const near = await rows.due(lane, clock.now() + horizonMs, dueRowsMax).catch(awayOnly);
    if (near === 'away') return refreshSoonMs;
    for (const { stream, due } of near) if (!stopped && !wanted.has(stream)) note(stream, due);
    return againAfter(near, clock.now());
  };

  const refreshAgain = (start: number, afterMs: number) => {
    if (stopped || start !== starts) return;
    cancelRefresh = clock.after(afterMs, async () => {
      refreshAgain(start, await refresh().catch(() => refreshSoonMs));
    });
  };

  return {
    set(stream, due) {
      // The far future is left to the rows, which are written long before a look finds them near.
      if (due === undefined || due > clock.now() + 2 * horizonMs) wanted.delete(stream);
      else if (wanted.get(stream) !== due) note(stream, due);
    },

    async start() {
      stopped = false;
      starts += 1;
      const start = starts;
      refreshAgain(start, await refresh());
      arm();
    },

    stop() {
      stopped = true;
      cancelWake();
      cancelRefresh();
      wanted.clear();
      soon.clear();
    },
  };
}
