/** A claim over several lanes begins: in its home lane, with that lane's part. */
import { accept, type Decision, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { WantedLine } from '@holdfast/schema/events';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { collectChanges, type InventoryEvent } from './changes.ts';
import { type Claim, claimKind } from './claim.ts';
import type { ClaimProblem } from './events.ts';
import { holdPart, type PartYes, yes } from './hold-part.ts';
import { type Asked, judgePart, type PartRequest, streamsOfRequest } from './judge-part.ts';
import { wantedUnits } from './place-units.ts';
import { holdsUndecided, type NotHere } from './reserve.ts';
import { wideKind } from './wide.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** Undecided for longer than this is refused; nobody's units stand still for longer. */
export const decideWithinMs = 2_000; // DESIGN 4, step 2

export type OpenClaim = {
  readonly type: 'OpenClaim';
  readonly lanes: readonly number[];
} & PartRequest;

/** What an open claim answers, now and to a retry of its request: join that claim. */
export type OpenAnswer = {
  readonly claim: ClaimId;
  /** From 1; 0: it is decided already. */
  readonly attempt: number;
  /** The home lane's part; undefined for one that was opened before. */
  readonly home: PartYes | undefined;
};

export type OpenRejection =
  | NotHere
  /** Its home lane says no already; nothing was opened. */
  | { readonly type: 'RefusedHere'; readonly problem: ClaimProblem; readonly notKept: true };

export type OpenDecision = Decision<InventoryEvent, OpenAnswer, OpenRejection>;

export function decideOpenClaim(command: OpenClaim, view: View, at: Instant): OpenDecision {
  const { asked, lanes } = command;
  const { claim } = asked;
  const part = view.get(claimKind, claim);
  const wide = view.get(wideKind, claim);
  const join = (attempt: number): OpenDecision => accept([], { claim, attempt, home: undefined });
  if (isDecidedAlone(part)) return join(0);
  if (wide.status === 'open' || wide.status === 'kept') return join(wide.attempt);
  if (wide.status === 'refused') {
    if (!isUndecided(wide.why.type)) return join(wide.attempt);
    if (!wide.settled) return reject(holdsUndecided);
  }
  const attempt = wide.status === 'refused' ? wide.attempt + 1 : 1;
  const verdict = judgePart(command, view, at);
  switch (verdict.type) {
    case 'needs':
      return verdict;
    case 'wait':
      return reject(holdsUndecided);
    case 'no':
      return reject({ type: 'RefusedHere', problem: verdict.problem, notKept: true });
    case 'yes': {
      const opened = { ...command, attempt };
      const changes = collectChanges();
      const deadline = at + decideWithinMs;
      const lines = linesOf(asked);
      const order = asked.type === 'AllocateStock' ? asked.order : undefined;
      const fact = { claim, attempt, lanes, lines, order, deadline };
      changes.wide(claim, { type: 'ClaimOpened', ...fact });
      holdPart(changes, opened, verdict);
      return accept(changes.all(), { claim, attempt, home: yes(opened, verdict, view) });
    }
  }
}

/** For good, in the claim's own stream: before it was opened, or while it could be tried again. */
const isDecidedAlone = (part: Claim): boolean =>
  (part.type === 'refused' && part.attempt === 0) ||
  (part.type === 'allocation' && part.lanes === undefined);

/** Refused because it could not be decided in time: it may be tried again. */
export const isUndecided = (why: string): boolean => why === 'Overdue' || why === 'HoldBusy';

const linesOf = (asked: Asked): readonly WantedLine[] =>
  asked.type === 'AllocateStock'
    ? asked.lines
    : asked.wanted.map((wanted) => ({ sku: wanted.sku, units: units(wantedUnits(wanted)) }));

export const streamsToOpen = (command: OpenClaim): string[] => [
  ...streamsOfRequest(command),
  streamName(wideKind, command.asked.claim),
];

/**
 * Every lane has been looked at, and this is the answer: kept under the caller's key, and for an
 * order a fact of its own.
 */
export type RefuseRequest = {
  readonly type: 'RefuseRequest';
  readonly asked: Asked;
  readonly problem: ClaimProblem;
};

export type RefuseRequestDecision = Decision<InventoryEvent, OpenAnswer, ClaimProblem>;

export function decideRefuseRequest(
  { asked, problem }: RefuseRequest,
  view: View,
): RefuseRequestDecision {
  if (asked.type === 'ReserveStock') return reject(problem);
  const { claim, order } = asked;
  const part = view.get(claimKind, claim);
  const changes = collectChanges();
  // Opened after all, by a message that came late: to be driven on.
  if (part.type === 'tentative') {
    return accept([], { claim, attempt: part.attempt, home: undefined });
  }
  // Otherwise it was decided meanwhile, e.g. cancelled.
  const isOpen = part.type === 'none' || (part.type === 'refused' && part.attempt > 0);
  if (isOpen) changes.claim(claim, allocationRefused({ claim, order, problem }));
  return accept(changes.all(), { claim, attempt: 0, home: undefined });
}

export const allocationRefused = ({
  claim,
  order,
  problem,
}: Pick<Extract<Asked, { type: 'AllocateStock' }>, 'claim' | 'order'> & {
  readonly problem: ClaimProblem;
}) => ({
  ...{ type: 'AllocationRefused' as const, claim, order },
  reason:
    problem.type === 'ReservationGone'
      ? ('ReservationGone' as const)
      : ('InsufficientStock' as const),
  shortfalls: problem.type === 'InsufficientStock' ? problem.shortfalls : [],
});
