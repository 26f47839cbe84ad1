/**
 * Who is answered now, who waits, and who is told to come again. So many are answered at once that
 * answers take about as long as usual. Who comes in a rush waits a moment; once the moment is over
 * and they still wait, browsing and carts are refused at once, orders and what has happened to
 * stock last (DESIGN 2).
 */
import type { PreparedOperation } from '../execution/federation.ts';
import type { LiveClock } from '../live/live-clock.ts';
import { type FittingLimit, fittingLimit } from './fitting-limit.ts';
import { type UsualTime, usualTimes } from './usual-times.ts';

/** Called once it is answered. */
export type Leave = () => void;

export type Shedding = {
  /**
   * Lets one in, now or after a short wait; undefined: it is refused.
   * @param listed so many things its variables list: what lists more takes longer
   */
  enter(
    prepared: PreparedOperation,
    listed: number,
  ): Leave | undefined | Promise<Leave | undefined>;
  /** All that are being answered or wait. */
  inFlight(): number;
};

/** As long as nobody was refused for a while, a rush may wait so long. */
const rushMs = 500;
/** While some are refused only orders wait, and not for long. */
const orderWaitMs = 200;
const calmAfterMs = 1_000;
/** Then what was learned in an overload is forgotten. */
const forgottenAfterMs = 5_000;
const lookEveryMs = 20;

/** Late is what takes so many times as long as usual, within these bounds. */
const lateTimes = 5;
const lateMs = { first: { least: 30, most: 400 }, last: { least: 300, most: 1_000 } };
/** A lane that changes hands keeps some waiting; browsing never ends altogether. */
const leastAtOnce = { first: 2, last: 32 };

const shedFirst: ReadonlySet<string> = new Set(['reserveStock', 'extendReservation']);

const isShedFirst = ({ operation, rootFields }: PreparedOperation): boolean =>
  operation.operation === 'query' || rootFields.every((field) => shedFirst.has(field));

type Waiting = {
  readonly since: number;
  readonly usual: UsualTime;
  readonly settle: (leave: Leave | undefined) => void;
};

type Line = {
  readonly limit: FittingLimit;
  readonly lateMs: { readonly least: number; readonly most: number };
  inFlight: number;
  waiting: Waiting[];
};

type State = {
  readonly most: number;
  readonly clock: LiveClock;
  readonly first: Line;
  readonly last: Line;
  /** Some are refused until then. */
  overloadedUntil: number;
  hasRefused: boolean;
  looking: boolean;
};

/** @param most that are answered or wait, of any kind */
export function createShedding(most: number, clock: LiveClock): Shedding {
  const line = (which: 'first' | 'last'): Line => ({
    limit: fittingLimit({ least: leastAtOnce[which], most }),
    ...{ lateMs: lateMs[which], inFlight: 0, waiting: [] },
  });
  const state: State = {
    ...{ most, clock, first: line('first'), last: line('last') },
    ...{ overloadedUntil: Number.NEGATIVE_INFINITY, hasRefused: false, looking: false },
  };
  const usuals = usualTimes();
  return {
    enter(prepared, listed) {
      const usual = usuals.of(prepared, listed);
      return enter(state, isShedFirst(prepared) ? state.first : state.last, usual);
    },
    inFlight: () => inFlight(state),
  };
}

const inFlight = ({ first, last }: State) =>
  first.inFlight + first.waiting.length + last.inFlight + last.waiting.length;

const isOverloaded = ({ clock, overloadedUntil }: State) => clock.monotonicMs() < overloadedUntil;

const hasRoom = ({ inFlight, limit }: Line) => inFlight < limit.now();

function enter(state: State, line: Line, usual: UsualTime): ReturnType<Shedding['enter']> {
  const { clock, overloadedUntil } = state;
  const now = clock.monotonicMs();
  if (state.hasRefused && now - overloadedUntil > forgottenAfterMs) beginAnew(state);
  if (inFlight(state) >= state.most) return refuse(state, line);
  if (line.waiting.length === 0 && hasRoom(line)) return begin(state, line, usual);
  if (now < overloadedUntil && line === state.first) return refuse(state, line);
  return new Promise((settle) => {
    line.waiting.push({ since: now, usual, settle });
    lookSoon(state);
  });
}

function beginAnew(state: State): void {
  state.hasRefused = false;
  for (const line of [state.first, state.last]) line.limit.begin();
}

function refuse(state: State, line: Line): undefined {
  const { first, clock } = state;
  state.hasRefused = true;
  state.overloadedUntil = clock.monotonicMs() + calmAfterMs;
  // Orders get what those would have taken.
  if (line !== first) first.limit.least();
}

function begin(state: State, line: Line, usual: UsualTime): Leave {
  const { clock, first } = state;
  const begunAt = clock.monotonicMs();
  line.inFlight += 1;
  return () => {
    const now = clock.monotonicMs();
    const tookMs = now - begunAt;
    const isWanted = isOverloaded(state) || line.waiting.length > 0;
    const isLate = tookMs > lateAfter(line, usual);
    line.limit.answered(isLate, isWanted);
    // What is shed first makes way for all that is slow, orders only for other orders.
    if (isLate && line !== first) first.limit.answered(true, false);
    if (!isWanted) usual.note(tookMs, now);
    line.inFlight -= 1;
    letIn(state);
  };
}

function lateAfter({ lateMs: { least, most } }: Line, usual: UsualTime): number {
  const usualMs = usual.ms();
  return usualMs === undefined ? most : Math.max(least, Math.min(most, lateTimes * usualMs));
}

function letIn(state: State): void {
  for (const line of [state.last, state.first]) {
    while (hasRoom(line)) {
      const next = line.waiting.shift();
      if (!next) break;
      next.settle(begin(state, line, next.usual));
    }
  }
}

function lookSoon(state: State): void {
  if (state.looking) return;
  state.looking = true;
  state.clock.after(lookEveryMs, () => {
    state.looking = false;
    refuseWhoWaitsTooLong(state);
    if (state.first.waiting.length + state.last.waiting.length > 0) lookSoon(state);
  });
}

function refuseWhoWaitsTooLong(state: State): void {
  const { first, last, clock } = state;
  const refuseAll = (line: Line, waitMs: number) => {
    const since = clock.monotonicMs() - waitMs;
    const stays = line.waiting.findIndex((waiting) => waiting.since > since);
    const gone = line.waiting.splice(0, stays < 0 ? line.waiting.length : stays);
    if (gone.length > 0) refuse(state, line);
    for (const { settle } of gone) settle(undefined);
  };
  refuseAll(last, isOverloaded(state) ? orderWaitMs : rushMs);
  refuseAll(first, rushMs);
  if (isOverloaded(state)) refuseAll(first, 0);
}
