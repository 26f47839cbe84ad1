/**
 * Drives one claim over several lanes to its outcome, step by step: each lane is asked in turn,
 * ascending, then its home decides. Every step is idempotent, so any process may drive, twice too;
 * what is left when all crash ends at the claim's deadline.
 */
import type { CommandRecord } from '@holdfast/chassis/commit';
import { Overloaded } from '@holdfast/chassis/lane/lane';
import type { ClaimId } from '@holdfast/schema/identifiers';
import type { Standing as ClaimStanding } from '../claim/decide-claim.ts';
import type { ClaimProblem, Undecided } from '../claim/events.ts';
import type { PartAnswer, PartYes } from '../claim/hold-part.ts';
import type { Asked } from '../claim/judge-part.ts';
import type { InventoryCommand } from '../decide.ts';
import {
  acceptedOf,
  askAgain,
  askUntilDecided,
  betweenLanes,
  laneOfSku,
  type OverLanes,
} from './ask-lane.ts';
import { gravest } from './gravest-problem.ts';
import { type Pledges, pledgesOf } from './pledges.ts';

export type Driven = {
  readonly over: OverLanes;
  readonly asked: Asked;
  readonly claim: ClaimId;
  readonly attempt: number;
  /** Of its SKUs; the first is its home. */
  readonly lanes: readonly number[];
  readonly deadline: number;
  readonly record: CommandRecord;
};

/** How the claim stands, and the version of its home lane that says so. */
export type Standing = { readonly standing: ClaimStanding; readonly version: number };

/** @param home the home lane's part, where it was opened just now */
export async function driveClaim(driven: Driven, home: PartYes | undefined): Promise<Standing> {
  if (home) return driveOpen(driven, home);
  const known = await askHome(driven);
  if (known.standing.status !== 'open') return known;
  return driveOpen({ ...driven, attempt: known.standing.attempt }, undefined);
}

async function driveOpen(driven: Driven, home: PartYes | undefined): Promise<Standing> {
  const { lanes } = driven;
  const homeLane = lanes[0] ?? 0;
  const parts = new Map<number, PartYes>();
  if (home) parts.set(homeLane, home);
  const pledges = pledgesOf(driven, parts);
  try {
    for (const lane of lanes) {
      if (parts.has(lane)) continue;
      const answer = await tryLane(driven, lane, pledges);
      if (answer.type === 'over') return await refuseWhatIsOver(driven, lane);
      if (answer.type === 'no') return await refuse(driven, answer.problem, lane);
      parts.set(lane, answer);
    }
    const busy = await pledgeElsewhere(driven, parts, pledges);
    if (busy) return busy;
  } catch (failure) {
    if (!(failure instanceof Overloaded)) throw failure;
    return tell(driven, { type: 'RefuseClaim', ...idOf(driven), why: { type: 'Overdue' } });
  }
  const rules = strictest(lanes.map((lane) => parts.get(lane) as PartYes));
  parts.delete(homeLane);
  return tell(driven, {
    ...{ type: 'KeepClaim', ...idOf(driven), rules },
    parts: [...parts].map(([lane, { lines, backordered }]) => ({ lane, lines, backordered })),
  });
}

const idOf = ({ claim, attempt }: Driven) => ({ claim, attempt });

const strictest = (parts: readonly PartYes[]) => {
  const least = (rule: keyof PartYes['rules']) =>
    Math.min(...parts.map(({ rules }) => rules[rule]));
  return {
    holdSeconds: least('holdSeconds'),
    holdSecondsMax: least('holdSecondsMax'),
    paymentGraceSeconds: least('paymentGraceSeconds'),
  };
};

async function ask(driven: Driven, lane: number, command: InventoryCommand) {
  const { over, deadline, record } = driven;
  return askUntilDecided(over, deadline, () =>
    askAgain(over, deadline, () => over.ask(lane, command, betweenLanes(command, record))),
  );
}

/** To its home, whose answer is how the claim stands. */
async function tell(driven: Driven, command: InventoryCommand): Promise<Standing> {
  const told = await ask(driven, driven.lanes[0] ?? 0, command);
  return { standing: acceptedOf<ClaimStanding>(told), version: told.version };
}

const askHome = (driven: Driven) => tell(driven, { type: 'AskClaim', claim: driven.claim });

const requestOf = ({ asked, claim, over, ...driven }: Driven, lane: number) => {
  const skus = asked.type === 'ReserveStock' ? asked.wanted : asked.lines;
  const here = skus.map(({ sku }) => sku).filter((sku) => laneOfSku(sku, over.laneCount) === lane);
  return { asked: { ...asked, claim }, lane, here, ...driven };
};

async function tryLane(driven: Driven, lane: number, pledges: Pledges): Promise<PartAnswer> {
  const earlier = pledges.known();
  const { attempt, lanes, asked, here } = requestOf(driven, lane);
  const command = { type: 'TryClaim', attempt, lanes, asked, here, lane, earlier } as const;
  const answer = acceptedOf<PartAnswer>(await ask(driven, lane, command));
  if (answer.type === 'yes') pledges.note(lane, earlier, answer);
  return answer;
}

/** The earlier holds that it takes over have parts in other lanes, too. */
async function pledgeElsewhere(
  driven: Driven,
  parts: Map<number, PartYes>,
  pledges: Pledges,
): Promise<Standing | undefined> {
  const known = new Set(driven.lanes);
  for (let next = pledges.next(); next; next = pledges.next()) {
    const { lane, earlier } = next;
    if (!known.has(lane)) {
      // Its home must know of a lane before anything is pledged there, for whoever settles it.
      const told = await tell(driven, { type: 'WidenClaim', ...idOf(driven), lanes: [lane] });
      if (told.standing.status !== 'open') return told;
      known.add(lane);
    }
    const { attempt, lanes, asked, here } = requestOf(driven, lane);
    const command = { type: 'PledgeEarlier', attempt, lanes, asked, here, lane, earlier } as const;
    const answer = acceptedOf<PartAnswer>(await ask(driven, lane, command));
    if (answer.type === 'over') return refuseWhatIsOver(driven, lane);
    if (answer.type === 'no') {
      return tell(driven, { type: 'RefuseClaim', ...idOf(driven), why: answer.problem });
    }
    pledges.note(lane, earlier, answer);
    if (!parts.has(lane)) parts.set(lane, answer);
  }
  return undefined;
}

/** One lane has said no: those that were not asked yet say what they lack, for the answer. */
async function refuse(
  driven: Driven,
  problem: ClaimProblem | Undecided,
  lane: number,
): Promise<Standing> {
  const rest = driven.lanes.slice(driven.lanes.indexOf(lane) + 1);
  const why = await lookAtRest(driven, problem, rest);
  return tell(driven, { type: 'RefuseClaim', ...idOf(driven), why });
}

/** The lane has its outcome; so has the home, unless whoever drove before has not told it. */
async function refuseWhatIsOver(driven: Driven, lane: number): Promise<Standing> {
  const known = await askHome(driven);
  if (known.standing.status !== 'open') return known;
  const rest = driven.lanes.slice(driven.lanes.indexOf(lane));
  const why = await lookAtRest(driven, { type: 'HoldBusy' } as const, rest);
  return tell(driven, { type: 'RefuseClaim', ...idOf(driven), why });
}

/** @returns the gravest problem of all; of one kind, all its facts */
export async function lookAtRest<Problem extends ClaimProblem | Undecided>(
  driven: Driven,
  problem: Problem,
  rest: readonly number[],
): Promise<Problem | ClaimProblem> {
  let worst: Problem | ClaimProblem = problem;
  for (const lane of rest) {
    const { asked, here } = requestOf(driven, lane);
    const command = { type: 'LookAtPart', asked, here, lane, earlier: [] } as const;
    const answer = acceptedOf<PartAnswer>(await ask(driven, lane, command));
    if (answer.type === 'no') worst = gravest(worst, answer.problem as ClaimProblem);
  }
  return worst;
}
