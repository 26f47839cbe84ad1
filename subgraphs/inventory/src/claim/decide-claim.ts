/**
 * The outcome of a claim over several lanes: the first of kept and refused in its stream. Its home
 * lane alone decides, and the other lanes are told afterwards.
 */
import { accept, assert, type Decision, needs } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine, WantedLine } from '@holdfast/schema/events';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { type Changes, collectChanges, type InventoryEvent } from './changes.ts';
import { addLines, claimKind, type Tentative } from './claim.ts';
import { streamsOfPart } from './earlier-holds.ts';
import type { ClaimProblem, ClaimRefused, Undecided } from './events.ts';
import type { PartRules } from './judge-part.ts';
import { allocationRefused, isUndecided } from './open-claim.ts';
import { endPart, type PartOutcome, settlePart, streamsToSettle } from './settle-part.ts';
import { lanesOfWide, type OpenClaimState, type Wide, wideKind } from './wide.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

type OfClaim = { readonly claim: ClaimId; readonly attempt: number };

export type KeepClaim = { readonly type: 'KeepClaim' } & OfClaim & {
    /** What the other lanes hold for it. */
    readonly parts: readonly {
      readonly lane: number;
      readonly lines: readonly PlacedLine[];
      readonly backordered: readonly WantedLine[];
    }[];
    /** Of all its lanes the strictest. */
    readonly rules: PartRules;
  };
export type RefuseClaim = { readonly type: 'RefuseClaim' } & OfClaim & {
    readonly why: ClaimProblem | Undecided;
  };
export type WidenClaim = { readonly type: 'WidenClaim' } & OfClaim & {
    readonly lanes: readonly number[];
  };
/** How it stands; whoever asks ends a claim whose time has passed. */
export type AskClaim = { readonly type: 'AskClaim'; readonly claim: ClaimId };
/** @property version of the claim's stream that every lane has heard of */
export type NoteSettled = { readonly type: 'NoteSettled' } & OfClaim & { readonly version: number };

export type DecideClaimCommand = KeepClaim | RefuseClaim | WidenClaim | AskClaim | NoteSettled;

export type Standing =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly attempt: number }
  | {
      readonly status: 'refused' | 'kept';
      readonly attempt: number;
      readonly why: ClaimRefused['why'] | { readonly type: 'Told' } | undefined;
      /** As first answered. */
      readonly expiresAt: Instant;
      readonly lanes: readonly number[];
      readonly settled: boolean;
      readonly outcome: PartOutcome;
      readonly version: number;
    };

export type StandingDecision = Decision<InventoryEvent, Standing, never>;

export function decideClaim(
  command: DecideClaimCommand,
  view: View,
  at: Instant,
): StandingDecision {
  const wide = view.get(wideKind, command.claim);
  const changes = collectChanges();
  if (command.type === 'NoteSettled') {
    const settled = 'settled' in wide && !wide.settled && wide.version === command.version;
    if (settled) changes.wide(command.claim, { type: 'ClaimSettled', claim: command.claim });
    return accept(changes.all(), standingOf(wide));
  }
  const isThis =
    command.type === 'AskClaim' || ('attempt' in wide && wide.attempt === command.attempt);
  const overdue = wide.status === 'open' && at > wide.deadline;
  const lapsed = isLapsed(wide, at);
  if (!isThis || (wide.status !== 'open' && !lapsed)) return accept([], standingOf(wide));
  const missing = streamsAtHome(command.claim, view).filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  if (wide.status === 'kept') {
    if (lapsed) expireWide(changes, command.claim, view, at);
  } else if (wide.status === 'open') {
    decideOpen(command, wide, overdue, changes, view, at);
  }
  return accept(changes.all(), standingOf(after(wide, changes, command.claim)));
}

function decideOpen(
  command: Exclude<DecideClaimCommand, NoteSettled>,
  wide: OpenClaimState,
  overdue: boolean,
  changes: Changes,
  view: View,
  at: Instant,
): void {
  switch (command.type) {
    case 'KeepClaim':
      return keepClaim(command, wide, changes, view, at);
    case 'RefuseClaim':
      return refuseClaim(command.why, wide, changes, view);
    case 'WidenClaim':
      changes.wide(wide.claim, { type: 'ClaimWidened', claim: wide.claim, lanes: command.lanes });
      return;
    case 'AskClaim':
      if (overdue) refuseClaim({ type: 'Overdue' }, wide, changes, view);
      return;
  }
}

/** The home's own part, which every undecided claim has. */
function partAtHome(claim: ClaimId, view: View): Tentative {
  const part = view.get(claimKind, claim);
  if (part.type !== 'tentative') throw new Error(`${claim} is open without a part at home`);
  return part;
}

const streamsAtHome = (claim: ClaimId, view: View): string[] => {
  const stream = streamName(claimKind, claim);
  if (!view.has(stream)) return [stream];
  const part = view.get(claimKind, claim);
  if (part.type === 'tentative') return streamsToSettle(part, part.lanes[0] ?? 0, view);
  return part.type === 'reservation' ? streamsOfPart(part, part.lanes?.[0] ?? 0) : [];
};

function keepClaim(
  { claim, parts, rules }: KeepClaim,
  wide: OpenClaimState,
  changes: Changes,
  view: View,
  at: Instant,
): void {
  const part = partAtHome(claim, view);
  for (const lane of lanesOfWide(wide)) {
    const isHeld = lane === wide.lanes[0] || parts.some((each) => each.lane === lane);
    assert(isHeld, `${claim} is kept when every lane holds its part`);
  }
  const all = [part, ...parts];
  const lines = addLines(
    [],
    all.flatMap((each) => each.lines),
  );
  const { channel, buyer, order, lanes } = part;
  if (order === undefined) {
    const expiresAt = at + 1_000 * rules.holdSeconds;
    const latestExpiresAt = at + 1_000 * rules.holdSecondsMax;
    const made = { claim, channel, buyer, lines, expiresAt, latestExpiresAt };
    changes.wide(claim, { type: 'ReservationMade', ...made });
    settlePart(changes, part, { type: 'kept', expiresAt, latestExpiresAt }, lanes[0] ?? 0, view);
    return;
  }
  const backordered = all.flatMap((each) => each.backordered);
  const { paymentGraceSeconds } = rules;
  const made = { claim, order, channel, lines, backordered, paymentGraceSeconds };
  changes.wide(claim, { type: 'AllocationMade', ...made });
  settlePart(changes, part, { type: 'allocated' }, lanes[0] ?? 0, view);
}

function refuseClaim(
  why: ClaimProblem | Undecided,
  { claim, order }: OpenClaimState,
  changes: Changes,
  view: View,
): void {
  const part = partAtHome(claim, view);
  // That nobody could decide in time is no answer to an order: it is tried again.
  const told = order !== undefined && !isUndecided(why.type);
  const refused = { type: 'ClaimRefused', claim, why } as const;
  const problem = why as ClaimProblem;
  changes.wide(claim, told ? allocationRefused({ claim, order, problem }) : refused);
  settlePart(changes, part, { type: 'refused' }, part.lanes[0] ?? 0, view);
}

const isLapsed = (wide: Wide, at: Instant): boolean =>
  wide.status === 'kept' &&
  wide.whole.type === 'reservation' &&
  wide.whole.status === 'active' &&
  wide.whole.expiresAt <= at;

function expireWide(changes: Changes, claim: ClaimId, view: View, at: Instant): void {
  const event = { type: 'ReservationExpired', claim } as const;
  changes.wide(claim, event);
  const part = view.get(claimKind, claim);
  if (part.type === 'reservation') endPart(changes, part, event, at);
}

const after = (wide: Wide, changes: Changes, claim: ClaimId): Wide =>
  changes.all().reduce((known, { stream, events }) => {
    if (stream !== streamName(wideKind, claim)) return known;
    return events.reduce((state, event) => wideKind.evolve(state, event as never, nowhere), known);
  }, wide);

/** A claim's state does not show when its facts were recorded. */
const nowhere = { at: 0, actor: '', id: () => '' };

export function standingOf(wide: Wide): Standing {
  if (wide.status === 'none') return { status: 'none' };
  const { status, attempt, version } = wide;
  if (status === 'open') return { status, attempt };
  const lanes = lanesOfWide(wide);
  const known = { status, attempt, lanes, settled: wide.settled, version };
  if (wide.status === 'refused') {
    return { ...known, why: wide.why, expiresAt: 0, outcome: { type: 'refused' } };
  }
  const expiresAt = wide.firstExpiresAt;
  return { ...known, why: undefined, expiresAt, outcome: outcomeOf(wide) };
}

function outcomeOf({ ending, whole }: Extract<Wide, { status: 'kept' }>): PartOutcome {
  if (ending) return { type: 'ended', by: ending };
  if (whole.type === 'allocation') return { type: 'allocated' };
  const { expiresAt, latestExpiresAt } = whole;
  return { type: 'kept', expiresAt, latestExpiresAt };
}
