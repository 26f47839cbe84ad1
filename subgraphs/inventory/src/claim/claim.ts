import { assert, unreachable } from '@holdfast/chassis/decider';
import type { StreamKind } from '@holdfast/chassis/stream-kind';
import type { PlacedLine, WantedLine } from '@holdfast/schema/events';
import type { BuyerHash, ChannelCode, ClaimId, OrderId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { ClaimEvent, ClaimPartHeld } from './events.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type Reservation = {
  readonly type: 'reservation';
  /** Pledged: suspended, while the claim that takes its units is being decided. */
  readonly status: 'active' | 'pledged' | 'converted' | 'released' | 'expired';
  /** Undefined: it is all in this lane. Otherwise the lanes of its SKUs; this is a part of it. */
  readonly lanes: readonly number[] | undefined;
  readonly claim: ClaimId;
  readonly version: number;
  readonly channel: ChannelCode;
  readonly buyer: BuyerHash | undefined;
  readonly lines: readonly PlacedLine[];
  readonly expiresAt: Instant;
  readonly latestExpiresAt: Instant;
};

export type Allocation = {
  readonly type: 'allocation';
  /** As a reservation's. */
  readonly lanes: readonly number[] | undefined;
  readonly claim: ClaimId;
  readonly order: OrderId;
  readonly version: number;
  /** What is bound to the order now. */
  readonly lines: readonly PlacedLine[];
  readonly backordered: readonly WantedLine[];
};

/** A part that waits for the outcome of its claim over several lanes. */
export type Tentative = {
  readonly type: 'tentative';
  readonly version: number;
} & Omit<ClaimPartHeld, 'type'>;

export type Claim =
  | { readonly type: 'none'; readonly version: 0 }
  | Reservation
  | Allocation
  | Tentative
  /** Attempt 0: refused as a whole, for good. */
  | { readonly type: 'refused'; readonly version: number; readonly attempt: number };

export const noClaim = (): Claim => ({ type: 'none', version: 0 });

/** Active, and its time has not come: an expired hold is one also before anybody has swept it. */
export const isHeld = (claim: Claim, now: Instant): claim is Reservation =>
  claim.type === 'reservation' && claim.status === 'active' && claim.expiresAt > now;

/** Another claim has its units for good. */
export const isConverted = (claim: Claim): boolean =>
  claim.type === 'reservation' && claim.status === 'converted';

export type ReservationStatus = 'ACTIVE' | 'CONVERTED' | 'RELEASED' | 'EXPIRED';

export function statusOf(reservation: Reservation, now: Instant): ReservationStatus {
  switch (reservation.status) {
    case 'active':
    case 'pledged':
      return reservation.expiresAt > now ? 'ACTIVE' : 'EXPIRED';
    case 'converted':
      return 'CONVERTED';
    case 'released':
      return 'RELEASED';
    case 'expired':
      return 'EXPIRED';
    default:
      return unreachable(reservation.status);
  }
}

export function evolveClaim(claim: Claim, event: ClaimEvent): Claim {
  const version = claim.version + 1;
  switch (event.type) {
    case 'ReservationMade': {
      const { type: _, ...made } = event;
      return { ...made, type: 'reservation', status: 'active', lanes: undefined, version };
    }
    case 'ReservationExtended':
      return { ...reservation(claim), expiresAt: event.expiresAt, version };
    case 'ReservationReleased':
      return { ...reservation(claim), status: 'released', version };
    case 'ReservationExpired':
      return { ...reservation(claim), status: 'expired', version };
    case 'ReservationConverted':
      return { ...reservation(claim), status: 'converted', version };
    case 'AllocationMade': {
      const { claim: id, order, lines, backordered } = event;
      const made = { claim: id, order, version, lines, backordered };
      return { type: 'allocation', lanes: undefined, ...made };
    }
    case 'AllocationRefused':
      return { type: 'refused', version, attempt: 0 };
    case 'BackorderFilled': {
      const known = allocation(claim);
      const lines = addLines(known.lines, event.lines);
      return { ...known, version, lines, backordered: takeWanted(known.backordered, event.lines) };
    }
    case 'AllocationReleased': {
      const known = allocation(claim);
      const lines = takeLines(known.lines, event.lines);
      const backordered = takeWanted(known.backordered, event.backordered);
      return { ...known, version, lines, backordered };
    }
    case 'ReservationPledged':
      return { ...reservation(claim), status: 'pledged', version };
    case 'ReservationReturned':
      return { ...reservation(claim), status: 'active', version };
    default:
      return evolvePart(claim, event, version);
  }
}

type PartEvent = Extract<ClaimEvent, { type: `ClaimPart${string}` }>;

function evolvePart(claim: Claim, event: PartEvent, version: number): Claim {
  switch (event.type) {
    case 'ClaimPartHeld':
      return { ...event, type: 'tentative', version };
    case 'ClaimPartEnlarged': {
      const part = tentative(claim);
      const held = addLines(part.held, event.held);
      return { ...part, held, earlier: [...part.earlier, ...event.earlier], version };
    }
    case 'ClaimPartKept': {
      const { lanes, channel, buyer, lines } = tentative(claim);
      const { claim: id, expiresAt, latestExpiresAt } = event;
      const kept = { lanes, channel, buyer, lines, claim: id, expiresAt, latestExpiresAt };
      return { type: 'reservation', status: 'active', version, ...kept };
    }
    case 'ClaimPartAllocated': {
      const { claim: id, order, lanes, lines, backordered } = tentative(claim);
      assert(order !== undefined, 'only the claim of an order is allocated');
      return { type: 'allocation', version, claim: id, order, lanes, lines, backordered };
    }
    case 'ClaimPartRefused':
      return { type: 'refused', version, attempt: event.attempt };
    default:
      return unreachable(event);
  }
}

function tentative(claim: Claim): Tentative {
  assert(claim.type === 'tentative', 'a part is settled once');
  return claim;
}

function reservation(claim: Claim): Reservation {
  assert(claim.type === 'reservation', 'a reservation is what is extended and ended');
  return claim;
}

function allocation(claim: Claim): Allocation {
  assert(claim.type === 'allocation', 'an allocation is what is filled and released');
  return claim;
}

const samePlace = (a: PlacedLine) => (b: PlacedLine) =>
  a.sku === b.sku && a.location === b.location;

/** Lines of one SKU and location as one line. */
export function addLines(lines: readonly PlacedLine[], more: readonly PlacedLine[]): PlacedLine[] {
  const sums = lines.map((line) => ({ ...line }));
  for (const line of more) {
    const known = sums.findIndex(samePlace(line));
    if (known < 0) sums.push({ ...line });
    else sums[known] = { ...line, units: units(sums[known]!.units + line.units) };
  }
  return sums;
}

/** @throws when more is taken than is there */
function takeLines(lines: readonly PlacedLine[], less: readonly PlacedLine[]): PlacedLine[] {
  const left = lines.map((line) => ({ ...line }));
  for (const line of less) {
    const known = left.findIndex(samePlace(line));
    const before = left[known];
    assert(before !== undefined, `${line.sku} at ${line.location} is the claim's`);
    left[known] = { ...before, units: units(before.units - line.units) };
  }
  return left.filter((line) => line.units > 0);
}

/** @throws when more is taken than is there */
function takeWanted(wanted: readonly WantedLine[], less: readonly WantedLine[]): WantedLine[] {
  const left = new Map(wanted.map((line) => [line.sku, line.units]));
  for (const { sku, units: taken } of less) left.set(sku, units((left.get(sku) ?? 0) - taken));
  return [...left].filter(([, rest]) => rest > 0).map(([sku, rest]) => ({ sku, units: rest }));
}

export const claimKind: StreamKind<Claim, ClaimEvent> = {
  prefix: 'claim',
  // An order's claim is named by the order, and may have been cancelled before.
  mostlyNew: 'alc_',
  keptMax: 10_000,
  initial: noClaim,
  evolve: evolveClaim,
  encode: (claim) => JSON.stringify(claim),
  decode: (text) => JSON.parse(text) as Claim,
  due: (claim) =>
    claim.type === 'reservation' && claim.status === 'active' ? claim.expiresAt : undefined,
};
