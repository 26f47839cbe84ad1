/**
 * When streams want to be woken: in memory as far as there is room, all of it as rows beside the
 * streams. Those are looked through at the start, and again only as long as memory had no room.
 */
import type { Clock, Instant } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { Due, LaneRows } from '../rows/lane-rows.ts';
import { awayOnly } from '../store-failure.ts';
import { type KeptWishes, keptWishes } from './kept-wishes.ts';

/** How far a look sees that does not see all. */
const horizonMs = 300_000;
/** Seldom: a store without an index of times has to read all rows. */
const lookMs = 240_000;
/** So long before the last one that is known, where more are near than were read. */
const aheadMs = horizonMs - lookMs;
const readMax = 20_000;
/** What is near is kept, however many there are. */
const farMs = 2 * horizonMs;
const keptMax = 50_000;
const endOfTime = Number.MAX_SAFE_INTEGER;
/** After a failure, and at the soonest. */
const lookSoonMs = 5_000;
const wakeAtOnceMax = 500;
/** Before a wish that is further off it rings for nobody: a clock has no room for any time. */
const alarmMsMax = 3_600_000;
/** A stream that is still due after it was woken is woken again, but not before this. */
const wakeAgainMs = 1_000;

export type LaneTimers = {
  /** The stream now wants this; undefined: nothing. */
  set(stream: string, due: Instant | undefined): void;
  start(): Promise<void>;
  stop(): void;
};

type State = {
  readonly lane: LaneId;
  readonly rows: LaneRows;
  readonly clock: Clock;
  readonly wishes: KeptWishes;
  /** All that is in the rows is in memory too. */
  allKept: boolean;
  /** When there was last no room for one. */
  leftOutAt: Instant;
};

/**
 * So few are kept that all that the rows say has room; what was left out has long been written.
 */
const hasRoomForAll = ({ wishes, leftOutAt }: State, now: Instant): boolean =>
  now >= leftOutAt + lookMs && wishes.size + readMax <= keptMax;

/** @returns when to look again: what failed is soon made up for, and what is overdue is found */
async function look(state: State, isOver: () => boolean): Promise<number> {
  const { lane, rows, clock, wishes, allKept } = state;
  if (allKept) return lookMs;
  const now = clock.now();
  const all = hasRoomForAll(state, now);
  const found = await rows.due(lane, all ? endOfTime : now + horizonMs, readMax).catch(awayOnly);
  if (found === 'away' || isOver()) return lookSoonMs;
  for (const { stream, due } of found) {
    if (wishes.get(stream) === undefined) wishes.set(stream, due);
  }
  state.allKept = all && found.length < readMax && state.leftOutAt < now;
  return againAfter(found, clock.now());
}

function againAfter(found: readonly Due[], now: Instant): number {
  const last = found.length < readMax ? undefined : found.at(-1);
  if (!last) return lookMs;
  return Math.max(lookSoonMs, Math.min(lookMs, last.due - aheadMs - now));
}

function setWish(state: State, stream: string, due: Instant | undefined): void {
  const { clock, wishes } = state;
  if (due === undefined) return wishes.delete(stream);
  const isFar = due > clock.now() + farMs;
  if (!isFar || wishes.size < keptMax) return wishes.set(stream, due);
  // Its row is written long before a look finds it near.
  wishes.delete(stream);
  state.allKept = false;
  state.leftOutAt = clock.now();
}

/** Calls when the soonest wish comes. */
function alarm({ clock, wishes }: State, ring: () => void) {
  let setFor: Instant | undefined;
  let cancel = () => {};
  const stop = () => {
    cancel();
    setFor = undefined;
  };
  const set = () => {
    const next = wishes.soonest();
    if (next === setFor) return;
    stop();
    setFor = next;
    if (next === undefined) return;
    cancel = clock.after(Math.max(0, Math.min(next - clock.now(), alarmMsMax)), rung);
  };
  const rung = () => {
    setFor = undefined;
    ring();
    set();
  };
  return { set, stop };
}

/** @param wake asks the lane to let these streams decide that time has passed; idempotent */
export function laneTimers(
  lane: LaneId,
  rows: LaneRows,
  clock: Clock,
  wake: (streams: readonly string[]) => void,
): LaneTimers {
  const wishes = keptWishes();
  const leftOutAt = Number.NEGATIVE_INFINITY;
  const state: State = { lane, rows, clock, wishes, allKept: false, leftOutAt };
  const { set: setAlarm, stop: stopAlarm } = alarm(state, () => {
    const now = clock.now();
    // Until the stream says otherwise: a wake-up may be refused while the lane is full.
    const due = wishes.take(now, wakeAtOnceMax, now + wakeAgainMs);
    if (due.length > 0) wake(due);
  });
  // What began before a stop must not go on after the next start.
  let run: object | undefined;
  let cancelLook = () => {};

  const lookAgain = (own: object, afterMs: number) => {
    if (run !== own) return;
    setAlarm();
    cancelLook = clock.after(afterMs, async () => {
      lookAgain(own, await look(state, () => run !== own).catch(() => lookSoonMs));
    });
  };

  return {
    set(stream, due) {
      setWish(state, stream, due);
      if (run) setAlarm();
    },
    async start() {
      const own = {};
      run = own;
      lookAgain(own, await look(state, () => run !== own));
    },
    stop() {
      run = undefined;
      stopAlarm();
      cancelLook();
      wishes.clear();
      state.allKept = false;
    },
  };
}
