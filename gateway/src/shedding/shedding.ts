/**
 * Who is answered now, who waits, and who is told to come again. So many are answered at once that
 * answers take about as long as usual. Who comes in a rush waits a moment; once the moment is over
 * and they still wait, browsing and carts are refused at once, orders and what has happened to
 * stock last (DESIGN 2). Who is let in is begun, and who is refused is answered, together with all
 * that the event loop reads in the same part of its turn: what runs again at once is several times
 * as quick, and shares commits.
 */
import type { PreparedOperation } from '../execution/federation.ts';
import type { LiveClock } from '../live/live-clock.ts';
import { type FittingLimit, fittingLimit } from './fitting-limit.ts';
import type { LoopTurn } from './loop-turn.ts';
import { type UsualTime, type UsualTimes, usualTimes, type Variables } from './usual-times.ts';

/** Called once it is answered. */
export type Leave = () => void;

export type Shedding = {
  /**
   * Lets one in, soon or after a short wait; resolves to undefined when it is refused.
   * @param variables what lists more in them takes longer
   */
  enter(prepared: PreparedOperation, variables: Variables | undefined): Promise<Leave | undefined>;
  /** All that are being answered or wait. */
  inFlight(): number;
};

/** As long as nobody was refused for a while, a rush may wait so long. */
const rushMs = 250;
/** While some are refused only orders wait, and not for long. */
const orderWaitMs = 200;
const calmAfterMs = 1_000;
/** Then what was learned in an overload is forgotten. */
const forgottenAfterMs = 5_000;
const lookEveryMs = 20;

/** Late is what takes so many times as long as usual, within these bounds. */
const lateTimes = 5;
const lateMs = { first: { least: 30, most: 400 }, last: { least: 300, most: 1_000 } };
/** Orders that are late by this are still let in; carts and browsing make way for them. */
const slowOrderMs = { least: 40, most: 1_000 };
/** Late too for those who are shed first: all that comes in such a turn waits for its end. */
const longTurnMs = 5;
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

type Bounds = { readonly least: number; readonly most: number };

type Line = {
  readonly limit: FittingLimit;
  readonly lateMs: Bounds;
  inFlight: number;
  readonly waiting: Waiting[];
};

type State = {
  readonly most: number;
  readonly clock: LiveClock;
  readonly turn: LoopTurn;
  readonly first: Line;
  readonly last: Line;
  readonly usuals: UsualTimes;
  /** Some are refused until then; undefined when nobody was since it began, or began anew. */
  overloadedUntil: number | undefined;
  looking: boolean;
  /** Of this part of the turn: who is refused in it hears so at its end. */
  refusing: Promise<undefined> | undefined;
};

/** @param most that are answered or wait, of any kind */
export function createShedding(most: number, clock: LiveClock, turn: LoopTurn): Shedding {
  const line = (which: 'first' | 'last'): Line => ({
    limit: fittingLimit({ least: leastAtOnce[which], most }),
    ...{ lateMs: lateMs[which], inFlight: 0, waiting: [] },
  });
  const state: State = {
    ...{ most, clock, turn, first: line('first'), last: line('last') },
    ...{ usuals: usualTimes(), overloadedUntil: undefined, looking: false },
    refusing: undefined,
  };
  return {
    enter: (prepared, variables) => enter(state, prepared, variables),
    inFlight: () => inFlight(state),
  };
}

const inFlight = ({ first, last }: State) =>
  first.inFlight + first.waiting.length + last.inFlight + last.waiting.length;

const isOverloaded = ({ turn, overloadedUntil }: State) =>
  overloadedUntil !== undefined && turn.beganAt() < overloadedUntil;

const hasRoom = ({ inFlight, waiting, limit }: Line) => inFlight + waiting.length < limit.now();

function enter(
  state: State,
  prepared: PreparedOperation,
  variables: Variables | undefined,
): Promise<Leave | undefined> {
  const { turn, first, last, most, usuals } = state;
  const since = turn.begin();
  forgetOverload(state);
  const line = isShedFirst(prepared) ? first : last;
  if (inFlight(state) >= most) return refuseAtEnd(state, line);
  if (line === first && isOverloaded(state) && !hasRoom(line)) return refuseAtEnd(state, line);
  // Not before: a refusal costs as little as it can.
  const usual = usuals.of(prepared, variables);
  return new Promise((settle) => {
    if (line.waiting.length === 0) turn.afterPart(() => admit(state));
    line.waiting.push({ since, usual, settle });
  });
}

function forgetOverload(state: State): void {
  const { turn, first, last, overloadedUntil } = state;
  if (overloadedUntil === undefined) return;
  if (turn.beganAt() - overloadedUntil <= forgottenAfterMs) return;
  state.overloadedUntil = undefined;
  for (const line of [first, last]) line.limit.begin();
}

/** One promise for all of a part, whose answers are then written one after the other. */
function refuseAtEnd(state: State, line: Line): Promise<undefined> {
  refuse(state, line);
  state.refusing ??= new Promise((resolve) => {
    state.turn.afterPart(() => {
      state.refusing = undefined;
      resolve(undefined);
    });
  });
  return state.refusing;
}

function refuse(state: State, line: Line): undefined {
  const { first, turn } = state;
  state.overloadedUntil = turn.beganAt() + calmAfterMs;
  // Orders get what those would have taken.
  if (line !== first) first.limit.least();
}

function begin(state: State, line: Line, usual: UsualTime): Leave {
  const { clock, turn, first } = state;
  // It has waited to be read, at least since then.
  const begunAt = turn.beganAt();
  const answered = line.limit.letOneIn();
  const tellCarts = line === first ? undefined : first.limit.letOneIn();
  line.inFlight += 1;
  // Those who are read last in a turn wait for all that it answers: so the turn's end counts, and a
  // place is free only then, or a long turn would let in any number one after the other.
  const leave = () => {
    const now = clock.monotonicMs();
    const tookMs = now - begunAt;
    const isWanted = isOverloaded(state) || line.waiting.length > 0;
    const isLongTurn = line === first && now - turn.beganAt() > longTurnMs;
    const isLate = isLongTurn || tookMs > lateAfter(line.lateMs, usual);
    answered(isLate, isWanted);
    if (tellCarts && tookMs > lateAfter(slowOrderMs, usual)) tellCarts(true, false);
    if (!isWanted) usual.note(tookMs, now);
    line.inFlight -= 1;
    letIn(state);
  };
  return () => (line === first ? turn.afterTurn(leave) : turn.afterPart(leave));
}

function lateAfter({ least, most }: Bounds, usual: UsualTime): number {
  const usualMs = usual.ms();
  return usualMs === undefined ? most : Math.max(least, Math.min(most, lateTimes * usualMs));
}

/** Once for all who came in a part of the turn; of those who find no place, some wait too long. */
function admit(state: State): void {
  letIn(state);
  lookSoon(state);
}

function letIn(state: State): void {
  for (const line of [state.last, state.first]) {
    while (line.inFlight < line.limit.now()) {
      const next = line.waiting.shift();
      if (!next) break;
      next.settle(begin(state, line, next.usual));
    }
  }
}

function lookSoon(state: State): void {
  const { first, last, looking } = state;
  if (looking || first.waiting.length + last.waiting.length === 0) return;
  state.looking = true;
  state.clock.after(lookEveryMs, () => {
    state.looking = false;
    refuseWhoWaitsTooLong(state);
    lookSoon(state);
  });
}

function refuseWhoWaitsTooLong(state: State): void {
  const { first, last, clock } = state;
  const refuseAll = (line: Line, waitMs: number) => {
    const since = clock.monotonicMs() - waitMs;
    for (let next = line.waiting[0]; next && next.since <= since; next = line.waiting[0]) {
      line.waiting.shift();
      next.settle(refuse(state, line));
    }
  };
  refuseAll(last, isOverloaded(state) ? orderWaitMs : rushMs);
  refuseAll(first, rushMs);
  if (isOverloaded(state)) refuseAll(first, 0);
}
