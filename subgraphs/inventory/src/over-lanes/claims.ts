/**
 * Every command of inventory to the lane that decides it. A claim whose SKUs are in one lane is
 * that lane's decision and one commit; one over several lanes is driven from its home.
 */
import { pause } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import { Overloaded, retryAfterMs } from '@holdfast/chassis/lane/lane';
import { type ClaimId, placeOf, placeOfId, reservationId } from '@holdfast/schema/identifiers';
import type { AllocateStock } from '../claim/allocate.ts';
import type { Standing } from '../claim/decide-claim.ts';
import type { ClaimProblem } from '../claim/events.ts';
import type { Asked } from '../claim/judge-part.ts';
import {
  decideWithinMs,
  isUndecided,
  type OpenAnswer,
  type OpenRejection,
} from '../claim/open-claim.ts';
import type { ReserveStock } from '../claim/reserve.ts';
import type { InventoryCommand } from '../decide.ts';
import {
  askUntilDecided,
  homeOf,
  laneOfSku,
  lanesOfSkus,
  type OverLanes,
  rejectionTypeOf,
  type Told,
} from './ask-lane.ts';
import { type Driven, driveClaim, lookAtRest } from './drive-claim.ts';
import { extendOverLanes, takeBackOverLanes } from './end-over-lanes.ts';
import { settleClaim } from './settle-claim.ts';

/**
 * Requests of one key that could not be decided in time: after so many, the caller hears
 * `Overloaded` until the key is forgotten.
 */
const attemptsMax = 32;

/**
 * @returns the outcome that the caller hears, of one lane or of several
 * @throws Overloaded when it could not be decided in time; the same key may be sent again
 */
export async function handleOverLanes(
  over: OverLanes,
  command: InventoryCommand,
  record: CommandRecord,
): Promise<Told> {
  const { laneCount } = over;
  switch (command.type) {
    case 'PutLocation':
    case 'PutChannel':
    case 'PutProductClass':
      return over.ask(0, command, record);
    case 'PutItem':
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'CountStock':
    case 'MoveStock':
    case 'FillBackorders':
      return over.ask(laneOfSku(command.sku, laneCount), command, record);
    case 'ReserveStock':
    case 'AllocateStock':
      return handleClaim(over, command, record);
    case 'TakeBackAllocation':
      return takeBackOverLanes(over, command, record, deadlineOf(over));
    case 'ExtendReservation':
      return extendOverLanes(over, command, record, deadlineOf(over));
    case 'ReleaseReservation': {
      const lane = homeOf(command.claim, laneCount);
      return askUntilDecided(over, deadlineOf(over), () => over.ask(lane, command, record));
    }
    default:
      throw new Error(`${command.type} is between lanes; nobody asks for it`);
  }
}

const deadlineOf = ({ clock }: OverLanes) => clock.now() + decideWithinMs;

const lanesOfAsked = (asked: Asked, laneCount: number): readonly number[] => {
  const lines = asked.type === 'ReserveStock' ? asked.wanted : asked.lines;
  return lanesOfSkus(
    lines.map(({ sku }) => sku),
    laneCount,
  );
};

async function handleClaim(
  over: OverLanes,
  asked: ReserveStock | AllocateStock,
  record: CommandRecord,
): Promise<Told> {
  const lanes = lanesOfAsked(asked, over.laneCount);
  const deadline = deadlineOf(over);
  const home = lanes[0] ?? 0;
  const named = asked.type === 'AllocateStock' ? asked.reservation : undefined;
  if (lanes.length < 2 && (named === undefined || homeOf(named, over.laneCount) === home)) {
    const told = await askUntilDecided(over, deadline, () => over.ask(home, asked, record));
    if (rejectionTypeOf(told) !== 'SpansLanes' && !hasOpened(told)) return told;
  }
  return claimOverLanes(over, asked, record, lanes, deadline);
}

/** The first answer to its key was a claim over several lanes, as an earlier hold wanted it. */
const hasOpened = ({ outcome }: Told): boolean =>
  'accepted' in outcome && 'attempt' in (outcome.accepted as object);

/** One attempt after the other: what could not be decided in time has spent no key. */
async function claimOverLanes(
  over: OverLanes,
  asked: Asked,
  record: CommandRecord,
  lanes: readonly number[],
  deadline: number,
): Promise<Told> {
  const home = lanes[0] ?? 0;
  let claim = asked.claim;
  for (let times = 1; times <= attemptsMax; times += 1) {
    const own = { ...asked, claim };
    const keyed = attemptRecord(asked, record, times);
    const open = { type: 'OpenClaim', asked: own, lanes, lane: home } as const;
    const command = { ...open, here: skusIn(over, asked, home), earlier: [] };
    const first = await askUntilDecided(over, deadline, () => over.ask(home, command, keyed));
    const driven = { over, asked: own, claim, attempt: 0, lanes, deadline, record };
    const opened = await refusedWhereHomeSaysNo(driven, first, keyed);
    if ('rejected' in opened.outcome) return opened;
    const answer = opened.outcome.accepted as OpenAnswer;
    if (asked.type === 'AllocateStock' && answer.attempt === 0) {
      return { ...opened, outcome: { accepted: { claim } } };
    }
    // A retry that joins the first request's claim; its home's part is the first answer's.
    const part = opened.replayed ? undefined : answer.home;
    const driving = { ...driven, claim: answer.claim, attempt: answer.attempt };
    const { standing, version } = await driveClaim(driving, part);
    // Opened by another owner than was asked now, which has not seen it: no word of it is believed.
    if (standing.status === 'none') throw new Overloaded(retryAfterMs, true);
    const again = mayBeTriedAgain(standing, opened.replayed || part === undefined);
    if (!again) return answerOf(standing, asked, answer.claim, { ...opened, version });
    if (over.clock.now() >= deadline) throw new Overloaded(retryAfterMs);
    await pause(over.clock, backOffMs(over, times));
    if (asked.type === 'AllocateStock') await settleClaim(over, { claim, version }, record);
    else claim = reservationId(over.clock.newId(), placeOfId(claim));
  }
  throw new Overloaded(retryAfterMs);
}

const backOffMsMax = 320;

/** Two that took a part each of what both want must not meet again at once. */
const backOffMs = ({ clock }: OverLanes, times: number): number => {
  const within = Math.min(backOffMsMax, 10 * 2 ** times);
  return 1 + (Number.parseInt(placeOf(clock.newId()), 16) % within);
};

const skusIn = ({ laneCount }: OverLanes, asked: Asked, lane: number) => {
  const lines = asked.type === 'ReserveStock' ? asked.wanted : asked.lines;
  return lines.map(({ sku }) => sku).filter((sku) => laneOfSku(sku, laneCount) === lane);
};

/**
 * No caller's key has a line break in it, so that these are nobody's. An order's claim needs none:
 * its id says whether it was decided.
 */
function attemptRecord(asked: Asked, record: CommandRecord, times: number): CommandRecord {
  const { key, input, ...rest } = record;
  if (asked.type === 'AllocateStock' || key === undefined) return rest;
  return times === 1 ? record : { ...record, key: `${key}\n${times}` };
}

/** @param isRetry of a request whose first answer has spent no key */
const mayBeTriedAgain = (standing: Standing, isRetry: boolean): boolean => {
  if (standing.status === 'open') return true;
  if (standing.status !== 'refused' || !standing.why) return false;
  return isUndecided(standing.why.type) || (isRetry && 'notKept' in standing.why);
};

/**
 * Its home says no before anything was opened: the other lanes say what they lack, and that is
 * kept.
 *
 * @returns the claim to drive after all, where a message that came late has opened it meanwhile
 */
async function refusedWhereHomeSaysNo(
  driven: Driven,
  opened: Told,
  record: CommandRecord,
): Promise<Told> {
  const { over, asked, lanes } = driven;
  if (rejectionTypeOf(opened) !== 'RefusedHere') return opened;
  const { problem } = (opened.outcome as { rejected: OpenRejection & { problem: ClaimProblem } })
    .rejected;
  const worst = await lookAtRest(driven, problem, lanes.slice(1));
  if ('notKept' in worst) return { ...opened, outcome: { rejected: worst } };
  const command = { type: 'RefuseRequest', asked, problem: worst } as const;
  const told = await over.ask(opened.lane, command, record);
  return { ...told, replayed: true };
}

/** What the caller hears of a claim that is decided. */
function answerOf(standing: Standing, asked: Asked, claim: ClaimId, opened: Told): Told {
  const { replayed, lane, version } = opened;
  const told = { replayed, lane, version, shown: undefined };
  // An order hears of it by the facts.
  if (asked.type === 'AllocateStock') return { ...told, outcome: { accepted: { claim } } };
  if (standing.status === 'kept') {
    const { expiresAt } = standing;
    return { ...told, outcome: { accepted: { claim, expiresAt, version: 1 } } };
  }
  if (standing.status === 'refused' && standing.why) {
    return { ...told, outcome: { rejected: standing.why } };
  }
  throw new Error(`${claim} was opened and is not there`);
}
