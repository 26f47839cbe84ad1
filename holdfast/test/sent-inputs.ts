/**
 * One right input for each mutation, over stock and orders made for it alone: what wrong ones are
 * made from.
 */
import { type Client, orderOf, reservationOf } from './client.ts';
import type { MutationName } from './documents.ts';
import { customer, eur, type System } from './system.ts';

type Input = Readonly<Record<string, unknown>>;
type HoldMutation = 'extendReservation' | 'releaseReservation';
type OrderMutation = 'placeOrder' | 'cancelOrder' | 'recordPayment';

/** @returns an input that the operator may send now, without its key */
export function rightInput(system: System, name: MutationName, sku: string): Promise<Input> {
  const { operator } = system;
  switch (name) {
    case 'extendReservation':
    case 'releaseReservation':
      return inputOfHold(operator, name, sku);
    case 'placeOrder':
    case 'cancelOrder':
    case 'recordPayment':
      return inputOfOrder(operator, name, sku);
    default:
      return Promise.resolve(inputOfStock(name, sku));
  }
}

async function inputOfHold(operator: Client, name: HoldMutation, sku: string): Promise<Input> {
  const wish = { lines: [{ sku, quantity: 2 }] };
  const held = reservationOf(await operator.must('reserveStock', wish, 'StockReserved'));
  const reservationId = held.id;
  return name === 'extendReservation' ? { reservationId, ttlSeconds: 1_000 } : { reservationId };
}

async function inputOfOrder(operator: Client, name: OrderMutation, sku: string): Promise<Input> {
  const lines = [{ sku, quantity: 2, unitPrice: eur(100) }];
  if (name === 'placeOrder') {
    const shipTo = { street: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
    const payment = { reference: 'pay-1', amount: eur(200) };
    const who = { ...customer, name: 'Ada', phone: '1' };
    return { lines, channel: 'default', customer: who, payment, shipTo: { ...shipTo, name: 'A' } };
  }
  const wish = { lines, customer };
  const placed = orderOf(await operator.must('placeOrder', wish, 'OrderPlaced'));
  const orderId = placed.id;
  if (name === 'recordPayment') {
    return { orderId, outcome: 'AUTHORIZED', reference: 'pay-1', amount: eur(200) };
  }
  const part = [{ lineId: placed.lines[0]?.id, quantity: 1, restock: true }];
  return { orderId, lines: part, reason: 'less', expectedVersion: placed.version };
}

function inputOfStock(
  name: Exclude<MutationName, HoldMutation | OrderMutation>,
  sku: string,
): Input {
  const here = { sku, locationCode: 'BER', condition: 'SELLABLE' };
  switch (name) {
    case 'reserveStock': {
      const lines = [{ sku, quantity: 2, locationCode: 'BER' }];
      return { lines, channel: 'default', buyer: `cart of ${sku} 0001`, ttlSeconds: 60 };
    }
    case 'receiveStock':
      return { ...here, quantity: 3, reference: 'PO 7' };
    case 'adjustStock':
      return { ...here, delta: -1, reason: 'lost' };
    case 'countStock': {
      const includesUpTo = '2026-01-01T00:00:00Z';
      return { ...here, quantity: 40, reason: 'count', includesUpTo };
    }
    case 'moveStock': {
      const { condition: from, ...place } = here;
      return { ...place, quantity: 1, from, to: 'DAMAGED', reason: 'dropped' };
    }
    case 'putProductClass': {
      const times = { holdSeconds: 60, holdSecondsMax: 120, paymentGraceSeconds: 60 };
      return { code: sku, mode: 'RESERVATION', ...times, safetyStock: 1, lowStockAt: 2 };
    }
    case 'putItem':
      return { sku, name: 'Renamed', productClass: 'default' };
    case 'putLocation':
      return { code: `${sku}-L`, name: 'A store', timeZone: 'Europe/Berlin' };
    case 'putChannel':
      return { code: sku, name: 'A channel', locationCodes: ['BER'] };
  }
}

/** A path of fields and positions, e.g. `lines.0.quantity`, set to another value in a copy. */
export function withValue(input: Input, path: string, value: unknown): Input {
  const copy: Input = structuredClone(input);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let place: unknown = copy;
  for (const name of names) place = Reflect.get(Object(place), name);
  Reflect.set(Object(place), last, value);
  return copy;
}
