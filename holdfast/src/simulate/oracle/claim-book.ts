/** Claims in the second opinion on inventory. */
import type { ClaimFact } from './inventory-facts.ts';
import {
  type AllocationBook,
  add,
  keyOf,
  type ReservationBook,
  type StockBook,
} from './stock-book.ts';

export function noteClaim({ claims }: StockBook, id: string, fact: ClaimFact): void {
  const known = claims.get(id);
  switch (fact.type) {
    case 'ReservationMade':
      claims.set(id, { ...fact, type: 'reservation', status: 'active' });
      return;
    case 'AllocationMade': {
      const { order, paymentGraceSeconds } = fact;
      const units = new Map<string, number>();
      for (const line of fact.lines) add(units, keyOf(line), line.units);
      const waiting = new Map(fact.backordered.map((line) => [line.sku, line.units]));
      claims.set(id, { type: 'allocation', order, units, waiting, paymentGraceSeconds });
      return;
    }
    case 'AllocationRefused':
      claims.set(id, { type: 'refused', order: fact.order });
      return;
    case 'BackorderFilled':
    case 'AllocationReleased':
      if (known?.type === 'allocation') noteAllocation(known, fact);
      return;
    default:
      if (known?.type === 'reservation') claims.set(id, afterwards(known, fact));
  }
}

function noteAllocation(
  { units, waiting }: AllocationBook,
  fact: Extract<ClaimFact, { type: 'BackorderFilled' | 'AllocationReleased' }>,
): void {
  const filled = fact.type === 'BackorderFilled';
  for (const line of fact.lines) {
    add(units, keyOf(line), filled ? line.units : -line.units);
    if (filled) add(waiting, line.sku, -line.units);
  }
  if (filled) return;
  for (const line of fact.backordered) add(waiting, line.sku, -line.units);
}

function afterwards(known: ReservationBook, { type, ...fact }: ClaimFact): ReservationBook {
  switch (type) {
    case 'ReservationExtended':
      return { ...known, ...fact };
    case 'ReservationExpired':
      return { ...known, status: 'expired' };
    case 'ReservationConverted':
      return { ...known, status: 'converted' };
    default:
      return { ...known, status: 'released' };
  }
}
