/**
 * Tells every lane of a claim what its home has decided, until each has appended it. Whoever
 * follows the log does it; twice does no harm.
 */
import type { CommandRecord } from '@holdfast/chassis/commit';
import { Overloaded, retryAfterMs } from '@holdfast/chassis/lane/lane';
import type { ClaimId } from '@holdfast/schema/identifiers';
import type { Standing } from '../claim/decide-claim.ts';
import type { InventoryCommand } from '../decide.ts';
import { acceptedOf, betweenLanes, homeOf, type OverLanes, rejectionTypeOf } from './ask-lane.ts';

/** A claim that goes on while it is settled is looked at again so many times. */
const roundsMax = 5;

/** A claim, and the version of its home lane that is known to have decided it. */
export type DecidedClaim = { readonly claim: ClaimId; readonly version: number };

/** @throws whatever left a lane unheard; settle it again */
export async function settleClaim(
  over: OverLanes,
  { claim, version: decidedIn }: DecidedClaim,
  cause: CommandRecord,
): Promise<Standing> {
  const home = homeOf(claim, over.laneCount);
  const ask = async (lane: number, command: InventoryCommand) => {
    const told = await over.ask(lane, command, betweenLanes(command, cause));
    const refused = rejectionTypeOf(told);
    if (refused !== undefined) throw new Error(`${claim} in lane ${lane}: ${refused}`);
    return told;
  };
  for (let round = 0; round < roundsMax; round += 1) {
    const told = await ask(home, { type: 'AskClaim', claim });
    // Somebody without its lease has decided, and its owner has not seen it yet: to it the claim is
    // still open, and its lanes would never hear.
    if (told.version < decidedIn) throw new Overloaded(retryAfterMs);
    const standing = acceptedOf<Standing>(told);
    if (standing.status !== 'kept' && standing.status !== 'refused') return standing;
    if (standing.settled) return standing;
    const { attempt, outcome, lanes, version } = standing;
    // The home's own part was settled in the commit of the outcome.
    const others = lanes.filter((lane) => lane !== home);
    const settle = { type: 'SettleClaim', claim, attempt, outcome } as const;
    await Promise.all(others.map((lane) => ask(lane, { ...settle, lane })));
    await ask(home, { type: 'NoteSettled', claim, attempt, version });
  }
  throw new Overloaded(retryAfterMs);
}
