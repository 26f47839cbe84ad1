/**
 * The facts of a claim that one lane has decided, told as lanes tell them to each other: where its
 * SKUs are in several lanes, it is a claim over lanes whose every part was held, kept and settled
 * at once. Its facts keep their ids in the claim's stream of all lanes. Pure.
 */
import type { PlacedFact, RecordedFact } from '@holdfast/chassis/stored/relane';
import { streamName } from '@holdfast/chassis/stream-kind';
import type {
  AllocationMade,
  AllocationReleased,
  BackorderFilled,
  ReservationMade,
} from '@holdfast/schema/events';
import type { Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { ClaimEvent, WideEvent } from './claim/events.ts';
import { decideWithinMs } from './claim/open-claim.ts';
import { type HoldEnding, wideKind } from './claim/wide.ts';
import { homeOf, laneOfSku, lanesOfSkus } from './over-lanes/ask-lane.ts';
import type { LanesOfClaim } from './relane.ts';

export type ClaimFact<Event extends ClaimEvent = ClaimEvent> = {
  readonly fact: RecordedFact;
  readonly event: Event;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
  readonly lanesOf: LanesOfClaim;
  readonly laneCount: number;
};

/** @throws Error for what only a claim over several lanes has: its lanes cannot be parted again */
export function placeClaimEvent(placed: ClaimFact): readonly PlacedFact[] {
  const { event, fact, laneCount } = placed;
  switch (event.type) {
    case 'ReservationMade':
    case 'AllocationMade':
      return placeMade({ ...placed, event });
    case 'ReservationExtended':
    case 'ReservationReleased':
    case 'ReservationExpired':
    case 'ReservationConverted':
      return placeLater({ ...placed, event });
    case 'AllocationRefused':
      return [{ ...fact, lane: homeOf(event.claim, laneCount) }];
    case 'AllocationReleased':
    case 'BackorderFilled':
      return placeSplit({ ...placed, event });
    default:
      throw new Error(`${event.type} is of a claim over lanes, and of one lane there is none`);
  }
}

const inLane =
  (lane: number, laneCount: number) =>
  ({ sku }: { readonly sku: Sku }): boolean =>
    laneOfSku(sku, laneCount) === lane;

const skusOf = (lines: readonly { readonly sku: Sku }[]): Sku[] => lines.map(({ sku }) => sku);

function placeMade(made: ClaimFact<ReservationMade | AllocationMade>): readonly PlacedFact[] {
  const { fact, event, laneCount } = made;
  const { claim } = event;
  const waiting = event.type === 'AllocationMade' ? event.backordered : [];
  const lanes = lanesOfSkus(skusOf([...event.lines, ...waiting]), laneCount);
  const home = homeOf(claim, laneCount);
  if (lanes[0] !== home) throw new Error(`${claim} ends in the place of another SKU than its own`);
  if (lanes.length === 1) return [{ ...fact, lane: home }];
  const stream = streamName(wideKind, claim);
  const opened: WideEvent = {
    ...{
      type: 'ClaimOpened',
      claim,
      attempt: 1,
      lanes,
      lines: perSku([...event.lines, ...waiting]),
    },
    order: event.type === 'AllocationMade' ? event.order : undefined,
    deadline: made.at + decideWithinMs,
  };
  return [
    { lane: home, stream, event: opened, id: undefined },
    { lane: home, stream, event, id: fact.id },
    settled(made, home),
    ...lanes.flatMap((lane) => placePart(made, lane, lanes)),
  ];
}

const settled = ({ event: { claim } }: ClaimFact, lane: number): PlacedFact => ({
  ...{ lane, stream: streamName(wideKind, claim), id: undefined },
  event: { type: 'ClaimSettled', claim } as WideEvent,
});

function placePart(
  { fact, event, laneCount }: ClaimFact<ReservationMade | AllocationMade>,
  lane: number,
  lanes: readonly number[],
): readonly PlacedFact[] {
  const { claim, channel } = event;
  const isOrder = event.type === 'AllocationMade';
  const isHere = inLane(lane, laneCount);
  const lines = event.lines.filter(isHere);
  const events: readonly ClaimEvent[] = [
    {
      ...{ type: 'ClaimPartHeld', claim, attempt: 1, lanes, channel, lines, held: lines },
      order: isOrder ? event.order : undefined,
      buyer: isOrder ? undefined : event.buyer,
      backordered: isOrder ? event.backordered.filter(isHere) : [],
      // What it took over has ended in the same command.
      earlier: [],
    },
    isOrder
      ? { type: 'ClaimPartAllocated', claim }
      : {
          ...{ type: 'ClaimPartKept', claim, expiresAt: event.expiresAt },
          latestExpiresAt: event.latestExpiresAt,
        },
  ];
  return events.map((each) => ({ lane, stream: fact.stream, event: each, id: undefined }));
}

function perSku(lines: readonly { readonly sku: Sku; readonly units: number }[]) {
  const sums = new Map<Sku, number>();
  for (const { sku, units } of lines) sums.set(sku, (sums.get(sku) ?? 0) + units);
  return [...sums].map(([sku, sum]) => ({ sku, units: units(sum) }));
}

/** Told of the claim at its home, and of each part in its lane. */
function placeLater(
  later: ClaimFact<HoldEnding | Extract<ClaimEvent, { type: 'ReservationExtended' }>>,
): readonly PlacedFact[] {
  const { fact, event, lanesOf, laneCount } = later;
  const home = homeOf(event.claim, laneCount);
  const lanes = lanesOf(event.claim);
  if (lanes.length === 1) return [{ ...fact, lane: home }];
  return [
    { ...fact, lane: home, stream: streamName(wideKind, event.claim) },
    ...(event.type === 'ReservationExtended' ? [] : [settled(later, home)]),
    ...lanes.map((lane) => ({ lane, stream: fact.stream, event, id: undefined })),
  ];
}

/** Of each lane its own lines; the first keeps the id. */
function placeSplit(split: ClaimFact<AllocationReleased | BackorderFilled>): readonly PlacedFact[] {
  const { fact, event, laneCount } = split;
  const waiting = event.type === 'AllocationReleased' ? event.backordered : [];
  const lanes = lanesOfSkus(skusOf([...event.lines, ...waiting]), laneCount);
  return lanes.map((lane, at) => {
    const isHere = inLane(lane, laneCount);
    const part: ClaimEvent =
      event.type === 'AllocationReleased'
        ? {
            ...{ ...event, lines: event.lines.filter(isHere) },
            backordered: event.backordered.filter(isHere),
          }
        : { ...event, lines: event.lines.filter(isHere) };
    return { lane, stream: fact.stream, event: part, id: at === 0 ? fact.id : undefined };
  });
}
