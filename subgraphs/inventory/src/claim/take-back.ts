/**
 * Taking an order's units back, as its cancellation decides: sellable again, or to be inspected
 * first.
 */
import { accept, type Decision, needs, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type {
  OrderAllocationReleaseRequested,
  PlacedLine,
  WantedLine,
} from '@holdfast/schema/events';
import { type Units, units } from '@holdfast/schema/quantities';
import { inCondition } from '../stock/position.ts';
import { stockKind } from '../stock/stock.ts';
import type { AllocationAnswer } from './allocate.ts';
import {
  type Changes,
  collectChanges,
  type InventoryEvent,
  releaseReservation,
} from './changes.ts';
import { type Allocation, type Claim, claimKind, isHeld, type Reservation } from './claim.ts';
import { isBeingDecided } from './earlier-holds.ts';
import { streamsOfHold } from './hold-life.ts';
import { holdsUndecided, type NotHere, spansLanes } from './reserve.ts';
import { wideKind } from './wide.ts';
import { releaseWide } from './wide-life.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type TakeBackAllocation = {
  readonly type: 'TakeBackAllocation';
} & Omit<OrderAllocationReleaseRequested, 'type'>;

/** The same of one lane of a claim over several; its lines are those of that lane. */
export type TakeBackPart = { readonly type: 'TakeBackPart' } & Omit<TakeBackAllocation, 'type'>;

export type TakeBackDecision = Decision<InventoryEvent, AllocationAnswer, NotHere>;

/** Undo is never refused and never takes more than is there: what has gone already is gone. */
export function decideTakeBack(
  command: TakeBackAllocation | TakeBackPart,
  view: View,
  at: Instant,
): TakeBackDecision {
  const { claim, order, reservation } = command;
  const allocation = view.get(claimKind, claim);
  const hold = reservation === undefined ? undefined : view.get(claimKind, reservation);
  if (isBeingDecided(allocation) || (hold && isBeingDecided(hold))) return reject(holdsUndecided);
  if (command.type === 'TakeBackAllocation' && isSpread(allocation)) return reject(spansLanes);
  const missing = [
    ...(allocation.type === 'allocation' ? streamsOfAllocation(allocation) : []),
    ...(hold?.type === 'reservation' ? [...streamsOfHold(hold), ...streamOfWide(hold)] : []),
  ].filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);

  const changes = collectChanges();
  if (hold && isHeld(hold, at)) {
    if (hold.lanes) releaseWide(changes, hold, 'cancelled', at);
    else releaseReservation(changes, hold, 'cancelled');
  }
  if (allocation.type === 'allocation') takeBack(command, allocation, changes, view);
  if (mayStillCome(allocation) && command.type === 'TakeBackAllocation') {
    // The request for these units is still on its way, or never comes: it finds that it was
    // cancelled.
    const refused = { claim, order, reason: 'Cancelled' as const, shortfalls: [] };
    changes.claim(claim, { type: 'AllocationRefused', ...refused });
  }
  return accept(changes.all(), { claim });
}

/** Its request was not heard yet, or may be tried again. */
const mayStillCome = (claim: Claim): boolean =>
  claim.type === 'none' || (claim.type === 'refused' && claim.attempt > 0);

/** True of a part: the claim has units in other lanes too. */
const isSpread = (claim: Claim): boolean =>
  claim.type === 'allocation' && claim.lanes !== undefined;

const streamOfWide = ({ lanes, claim }: Reservation): string[] =>
  lanes === undefined ? [] : [streamName(wideKind, claim)];

const streamsOfAllocation = ({ lines, backordered }: Allocation): string[] =>
  [...lines, ...backordered].map(({ sku }) => streamName(stockKind, sku));

type Returned = PlacedLine & { readonly restock: boolean };

function takeBack(
  command: TakeBackAllocation | TakeBackPart,
  allocation: Allocation,
  changes: Changes,
  view: View,
) {
  const { claim, order } = command;
  const left = allocation.lines.map((line) => ({ ...line }));
  const waiting = new Map<string, number>(
    allocation.backordered.map((line) => [line.sku, line.units]),
  );
  const returned: Returned[] = [];
  const backordered: WantedLine[] = [];
  for (const { sku, units: wanted, restock } of wantedBack(command, allocation)) {
    // What still waits goes first: nobody has to put it back.
    const unfilled = Math.min(wanted, waiting.get(sku) ?? 0);
    if (unfilled > 0) {
      waiting.set(sku, (waiting.get(sku) ?? 0) - unfilled);
      backordered.push({ sku, units: units(unfilled) });
    }
    let rest = wanted - unfilled;
    for (const line of left) {
      if (line.sku !== sku || rest === 0) continue;
      const taken = Math.min(rest, line.units);
      rest -= taken;
      line.units = units(line.units - taken);
      if (taken > 0) returned.push({ sku, location: line.location, units: units(taken), restock });
    }
  }
  if (returned.length === 0 && backordered.length === 0) return;
  changes.claim(claim, { type: 'AllocationReleased', claim, order, lines: returned, backordered });
  for (const { sku, units } of backordered) {
    changes.stock(sku, { type: 'StockBackorderCancelled', claim, units });
  }
  giveBack(claim, returned, changes, view);
}

/** For a whole order: all that is left, each line as the request says, the rest restocked. */
function wantedBack(command: TakeBackAllocation | TakeBackPart, allocation: Allocation) {
  if (!command.whole) return command.lines;
  const named = new Map<string, number>();
  for (const { sku, units } of command.lines) named.set(sku, (named.get(sku) ?? 0) + units);
  const rest: { sku: PlacedLine['sku']; units: Units; restock: boolean }[] = [];
  for (const line of [...allocation.lines, ...allocation.backordered]) {
    const covered = Math.min(named.get(line.sku) ?? 0, line.units);
    named.set(line.sku, (named.get(line.sku) ?? 0) - covered);
    if (line.units > covered)
      rest.push({ sku: line.sku, units: units(line.units - covered), restock: true });
  }
  return [...command.lines, ...rest];
}

function giveBack(
  claim: Allocation['claim'],
  returned: readonly Returned[],
  changes: Changes,
  view: View,
) {
  const sellable = new Map<string, number>();
  for (const { sku, location, units, restock } of returned) {
    const place = `${location}\n${sku}`;
    const position = view.get(stockKind, sku).positions.get(location);
    const there = sellable.get(place) ?? (position ? inCondition(position, 'SELLABLE') : 0);
    // Where units are missing there are fewer to inspect than were promised.
    const inspectedUnits = restock ? 0 : Math.min(units, Math.max(0, there));
    sellable.set(place, there - inspectedUnits);
    const released = { claim, location, units, inspectedUnits };
    changes.stock(sku, { type: 'StockAllocationReleased', ...released });
  }
}

export const streamsToTakeBack = ({
  claim,
  reservation,
}: TakeBackAllocation | TakeBackPart): string[] => [
  streamName(claimKind, claim),
  ...(reservation === undefined ? [] : [streamName(claimKind, reservation)]),
];
