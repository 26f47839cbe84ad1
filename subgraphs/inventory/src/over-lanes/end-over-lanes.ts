/** Extending a reservation and taking an allocation back that have parts in several lanes. */
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { Standing } from '../claim/decide-claim.ts';
import type { ExtendReservation } from '../claim/hold-life.ts';
import type { TakeBackAllocation } from '../claim/take-back.ts';
import type { ExtendLanesFirst } from '../claim/wide-life.ts';
import type { InventoryCommand } from '../decide.ts';
import {
  askAgain,
  askUntilDecided,
  betweenLanes,
  homeOf,
  laneOfSku,
  type OverLanes,
  rejectionTypeOf,
  type Told,
} from './ask-lane.ts';
import { settleClaim } from './settle-claim.ts';

/** The other lanes first: no part may end before its claim. */
export async function extendOverLanes(
  over: OverLanes,
  command: ExtendReservation,
  record: CommandRecord,
  deadline: number,
): Promise<Told> {
  const { claim, ttlSeconds } = command;
  const home = homeOf(claim, over.laneCount);
  const ask = (asked: InventoryCommand) =>
    askUntilDecided(over, deadline, () => over.ask(home, asked, record));
  const told = await ask(command);
  if (rejectionTypeOf(told) !== 'ExtendLanesFirst') return told;
  const { lanes, until } = (told.outcome as { readonly rejected: ExtendLanesFirst }).rejected;
  await settleClaim(over, { claim, version: told.version }, record);
  for (const lane of lanes) {
    if (lane === home) continue;
    const part = { type: 'ExtendPart', claim, until } as const;
    const extended = await askUntilDecided(over, deadline, () =>
      askAgain(over, deadline, () => over.ask(lane, part, betweenLanes(part, record))),
    );
    if (rejectionTypeOf(extended) !== 'PartLapsed') continue;
    // Home refuses, whatever its own clock says, and so keeps the refusal under the key.
    return ask({ type: 'ExtendClaim', claim, ttlSeconds, lanesHoldUntil: 'lapsed' });
  }
  return ask({ type: 'ExtendClaim', claim, ttlSeconds, lanesHoldUntil: until });
}

/** An undo is told to every lane that has units of it, each once by its key. */
export async function takeBackOverLanes(
  over: OverLanes,
  command: TakeBackAllocation,
  record: CommandRecord,
  deadline: number,
): Promise<Told> {
  const { laneCount } = over;
  const { claim, reservation } = command;
  const home = homeOf(claim, laneCount);
  const ask = (lane: number, asked: InventoryCommand, as: CommandRecord) =>
    askUntilDecided(over, deadline, () => over.ask(lane, asked, as));
  const elsewhere = reservation !== undefined && homeOf(reservation, laneCount) !== home;
  if (elsewhere) {
    const cancel = { type: 'CancelHold', claim: reservation } as const;
    await ask(homeOf(reservation, laneCount), cancel, betweenLanes(cancel, record));
  }
  const atHome = { ...command, reservation: elsewhere ? undefined : reservation };
  const told = await ask(home, atHome, record);
  if (rejectionTypeOf(told) !== 'SpansLanes') return told;
  const decided = { claim, version: told.version };
  const standing: Standing = await settleClaim(over, decided, record);
  if (standing.status !== 'kept') throw new Error(`${claim} has parts but was not kept`);
  for (const lane of standing.lanes) {
    if (lane === home) continue;
    const lines = command.lines.filter(({ sku }) => laneOfSku(sku, laneCount) === lane);
    if (lines.length === 0 && !command.whole) continue;
    await ask(lane, { ...command, type: 'TakeBackPart', lines, reservation: undefined }, record);
  }
  const lines = command.lines.filter(({ sku }) => laneOfSku(sku, laneCount) === home);
  // Home last: its answer is the whole's.
  return ask(home, { ...atHome, type: 'TakeBackPart', lines }, record);
}
