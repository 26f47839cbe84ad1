/**
 * Who sends `Holdfast-After` with the cursor of the last answer reads what was answered, whichever
 * gateway is asked: the first look must show it, so nothing here looks again.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshKey, orderOf } from './client.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const times = 12;
const skus = ['OAK', 'ELM', 'ASH'] as const;

const unitsOf = async (sku: string) =>
  (await system.anonymous.availability(sku)).availableToPromise;

it('a receipt, in availability and positions', async () => {
  await system.stock('FIR', { BER: 0 });
  const receipt = { sku: 'FIR', locationCode: 'BER', quantity: 1 };
  const seen: unknown[] = [];
  for (let received = 1; received <= times; received += 1) {
    await system.operator.must('receiveStock', receipt, 'StockChanged');
    const look = received % 2 === 0 ? () => unitsOf('FIR') : () => onHandOf('FIR');
    seen.push(await look());
  }
  expect(seen).toEqual(Array.from({ length: times }, (_, at) => at + 1));
});

it('an order, in the stock of its items, within one answer', async () => {
  await system.stock('BOX', { BER: times });
  const query = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
    ... on OrderPlaced { order { lines { item { availability { availableToPromise } } } } } } }`;
  for (let taken = 1; taken <= times; taken += 1) {
    const lines = [{ sku: 'BOX', quantity: 1 }];
    const input = { idempotencyKey: freshKey(), lines, customer };
    const { data } = await system.partner.ask(query, { input });
    const item = { availability: { availableToPromise: times - taken } };
    expect(data).toEqual({ placeOrder: { order: { lines: [{ item }] } } });
  }
});

async function onHandOf(sku: string): Promise<unknown> {
  const [position] = await system.operator.positions(sku);
  return position?.onHand;
}

it('an item that is new, and one that has another name', async () => {
  const query = 'query ($sku: ID!) { item(sku: $sku) { sku name } }';
  for (let at = 0; at < times; at += 1) {
    const item = { sku: `FERN-${at % 4}`, name: `Fern ${at}` };
    await system.operator.must('putItem', item, 'MasterDataSaved');
    expect((await system.anonymous.ask(query, { sku: item.sku })).data).toEqual({ item });
  }
});

it('holds of several SKUs, in the availability of each', async () => {
  for (const sku of skus) await system.stock(sku, { BER: times });
  const lines = skus.map((sku) => ({ sku, quantity: 1 }));
  for (let held = 1; held <= times; held += 1) {
    await system.anonymous.must('reserveStock', { lines }, 'StockReserved');
    const left = await Promise.all(skus.map(unitsOf));
    expect(left).toEqual(skus.map(() => times - held));
  }
});

it('an order, by its number and in what it took, and its cancel in what it gave back', async () => {
  await system.stock('YEW', { BER: 9 });
  const byNumber = 'query ($number: String!) { orderByNumber(number: $number) { id } }';
  const wish = { lines: [{ sku: 'YEW', quantity: 2 }], customer };
  for (let at = 0; at < times; at += 1) {
    const placed = orderOf(await system.partner.must('placeOrder', wish, 'OrderPlaced'));
    expect([placed.status, await unitsOf('YEW')]).toEqual(['CONFIRMED', 7]);
    const { data } = await system.partner.ask(byNumber, { number: placed.number });
    expect(data).toEqual({ orderByNumber: { id: placed.id } });
    const cancel = { orderId: placed.id, reason: 'why' };
    await system.partner.must('cancelOrder', cancel, 'OrderCancelled');
    expect(await unitsOf('YEW')).toBe(9);
  }
});
