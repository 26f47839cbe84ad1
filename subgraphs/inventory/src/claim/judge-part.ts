/**
 * What one lane says to its part of a claim over several lanes. "No" counts firm commitments alone:
 * what other undecided claims hold may be free again, so for that the claim waits.
 */
import type { Needs } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine, WantedLine } from '@holdfast/schema/events';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import { catalogId, catalogKind, rulesOf } from '../catalog/catalog.ts';
import { stockKind } from '../stock/stock.ts';
import { type AllocateStock, graceSeconds } from './allocate.ts';
import { buyerKind, holdsSharing } from './buyer.ts';
import { claimKind, isConverted, type Reservation } from './claim.ts';
import { earlierHolds, linesOfHolds, streamsOfClaims } from './earlier-holds.ts';
import type { ClaimProblem } from './events.ts';
import { placeOrder } from './place-order-lines.ts';
import { placeAll, withoutUndecided } from './place-units.ts';
import { holdSeconds, placingOf, problemOfRequest, type ReserveStock } from './reserve.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** What a claim is for. */
export type Asked = ReserveStock | AllocateStock;

export type PartRequest = {
  readonly asked: Asked;
  /** This lane. */
  readonly lane: number;
  /** Of the claim's SKUs those of this lane. */
  readonly here: readonly Sku[];
  /** Earlier holds found so far in other lanes. */
  readonly earlier: readonly ClaimId[];
};

export type Verdict =
  | {
      readonly type: 'yes';
      readonly lines: readonly PlacedLine[];
      readonly backordered: readonly WantedLine[];
      readonly holds: readonly Reservation[];
    }
  | { readonly type: 'no'; readonly problem: ClaimProblem }
  | { readonly type: 'wait' }
  | Needs;

const no = (problem: ClaimProblem): Verdict => ({ type: 'no', problem });
const wait: Verdict = { type: 'wait' };

export const judgePart = (request: PartRequest, view: View, at: Instant): Verdict =>
  request.asked.type === 'ReserveStock'
    ? judgeReservation({ ...request, asked: request.asked }, view, at)
    : judgeAllocation({ ...request, asked: request.asked }, view, at);

function judgeReservation(
  { asked, lane, here, earlier }: PartRequest & { readonly asked: ReserveStock },
  view: View,
  at: Instant,
): Verdict {
  const wanted = asked.wanted.filter(({ sku }) => here.includes(sku));
  const { channel, buyer } = asked;
  const problem = problemOfRequest({ channel, wanted }, view, view.get(catalogKind, catalogId));
  if (problem) return no(problem);
  const sharing =
    buyer === undefined ? [] : holdsSharing(view.get(buyerKind, buyer), new Set(here));
  const found = earlierHolds([...new Set([...earlier, ...sharing])], lane, view, at);
  if (found.type !== 'found') return found;
  const placing = placingOf(asked, linesOfHolds(found.holds), view, at);
  const placed = placeAll(wanted, placing);
  if (placed.type === 'placed') {
    return { type: 'yes', lines: placed.lines, backordered: [], holds: found.holds };
  }
  if (placeAll(wanted, withoutUndecided(placing)).type === 'placed') return wait;
  return no({ type: 'InsufficientStock', shortfalls: placed.shortfalls });
}

function judgeAllocation(
  { asked, lane, here, earlier }: PartRequest & { readonly asked: AllocateStock },
  view: View,
  at: Instant,
): Verdict {
  const { reservation } = asked;
  const named = reservation === undefined ? earlier : [...new Set([reservation, ...earlier])];
  if (isGone(named, view)) return no({ type: 'ReservationGone' });
  const found = earlierHolds(named, lane, view, at);
  if (found.type !== 'found') return found;
  const { holds } = found;
  // The reservation's units become the order's, where they are.
  if (holds.length > 0) return { type: 'yes', lines: linesOfHolds(holds), backordered: [], holds };
  const wanted = asked.lines.filter(({ sku }) => here.includes(sku));
  const placed = placeOrder(wanted, placingOf(asked, [], view, at));
  switch (placed.type) {
    case 'wait':
      return wait;
    case 'short':
      return no({ type: 'InsufficientStock', shortfalls: placed.shortfalls });
    case 'placed': {
      const { lines, backordered } = placed;
      return { type: 'yes', lines, backordered, holds };
    }
  }
}

/** Another order has it. */
const isGone = (named: readonly ClaimId[], view: View): boolean =>
  named.some((id) => view.has(streamName(claimKind, id)) && isConverted(view.get(claimKind, id)));

/** The rules of the classes here, as far as they bound the claim as a whole. */
export type PartRules = {
  readonly holdSeconds: number;
  readonly holdSecondsMax: number;
  readonly paymentGraceSeconds: number;
};

export function rulesOfPart({ asked, here }: PartRequest, view: View): PartRules {
  const catalog = view.get(catalogKind, catalogId);
  const rules = here.map((sku) => rulesOf(catalog, view.get(stockKind, sku).productClass));
  const ttlSeconds = asked.type === 'ReserveStock' ? asked.ttlSeconds : undefined;
  return {
    holdSeconds: holdSeconds(rules, ttlSeconds),
    holdSecondsMax: Math.min(...rules.map((rule) => rule.holdSecondsMax)),
    paymentGraceSeconds: graceSeconds(here, view),
  };
}

/** Streams that a lane's part looks at, as far as its request names them. */
export const streamsOfRequest = ({ asked, here, earlier }: PartRequest): string[] => {
  const buyer = asked.type === 'ReserveStock' ? asked.buyer : undefined;
  const reservation = asked.type === 'AllocateStock' ? asked.reservation : undefined;
  const named = reservation === undefined ? earlier : [reservation, ...earlier];
  return [
    streamName(claimKind, asked.claim),
    ...here.map((sku) => streamName(stockKind, sku)),
    ...streamsOfClaims(named),
    ...(buyer === undefined ? [] : [streamName(buyerKind, buyer)]),
  ];
};
