/** Every mutation sent twice hears its first answer, byte for byte; a key is for one content. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey, orderOf, reservationOf } from './client.ts';
import { type MutationName, mutationNames, mutationOf } from './documents.ts';
import { rightInput, withValue } from './sent-inputs.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

/**
 * A field with another value that is right as well. What a key was spent for is known in the lane
 * of what was named, so the other reservation ends in the same place: elsewhere nobody knows it.
 */
const otherContent: Readonly<Record<MutationName, readonly [path: string, value: unknown]>> = {
  reserveStock: ['lines.0.quantity', 1],
  extendReservation: ['ttlSeconds', 999],
  releaseReservation: ['reservationId', (id: string) => `res_${'0'.repeat(32)}${id.slice(-4)}`],
  receiveStock: ['quantity', 4],
  adjustStock: ['reason', 'broken'],
  countStock: ['quantity', 41],
  moveStock: ['to', 'BLOCKED'],
  putProductClass: ['lowStockAt', 3],
  putItem: ['name', 'Renamed again'],
  putLocation: ['name', 'Another store'],
  putChannel: ['name', 'Another channel'],
  placeOrder: ['customer.email', 'bob@example.org'],
  cancelOrder: ['reason', 'other'],
  recordPayment: ['reference', 'pay-2'],
};
const send = (name: MutationName, input: object) =>
  system.operator.post({ query: mutationOf(name), variables: { input } });
/** The part of the answer that is the mutation's. */
const answerIn = (text: string): string => JSON.stringify(JSON.parse(text).data);

describe.each(mutationNames)('%s', (name) => {
  it('sent again at once answers the same, and nothing happens twice', async () => {
    const sku = `again-${name}`;
    await system.stock(sku, { BER: 10 });
    const input = { idempotencyKey: freshKey(), ...(await rightInput(system, name, sku)) };
    const first = await send(name, input);
    expect(JSON.parse(first.text).data.answer.code).toBeUndefined();
    const before = await system.operator.positions(sku);
    const again = await send(name, input);
    expect(answerIn(again.text)).toBe(answerIn(first.text));
    expect(await system.operator.positions(sku)).toEqual(before);
  });

  it('sent twice at the same time is decided once', async () => {
    const sku = `both-${name}`;
    await system.stock(sku, { BER: 10 });
    const input = { idempotencyKey: freshKey(), ...(await rightInput(system, name, sku)) };
    const [one, other] = await Promise.all([send(name, input), send(name, input)]);
    expect(answerIn(one.text)).toBe(answerIn(other.text));
  });

  it('refuses the key with other content, and changes nothing', async () => {
    const sku = `other-${name}`;
    await system.stock(sku, { BER: 10 });
    const input = { idempotencyKey: freshKey(), ...(await rightInput(system, name, sku)) };
    await send(name, input);
    const before = await system.operator.positions(sku);
    const [path, other] = otherContent[name];
    const value = typeof other === 'function' ? other(Reflect.get(input, path)) : other;
    expect(await system.operator.mutate(name, withValue(input, path, value))).toMatchObject({
      ...{ __typename: 'IdempotencyKeyReused', code: 'IDEMPOTENCY_KEY_REUSED' },
      ...{ retryable: false, path: ['idempotencyKey'] },
    });
    expect(await system.operator.positions(sku)).toEqual(before);
  });
});

describe('a key', () => {
  it('is spent by a refusal for stock, which stays when there is stock by now', async () => {
    await system.stock('CUP', { BER: 1 });
    const hold = { idempotencyKey: freshKey(), lines: [{ sku: 'CUP', quantity: 2 }] };
    const order = { ...hold, idempotencyKey: freshKey(), customer };
    const refused = [await send('reserveStock', hold), await send('placeOrder', order)];
    const receipt = { sku: 'CUP', locationCode: 'BER', quantity: 5 };
    await system.operator.must('receiveStock', receipt, 'StockChanged');
    const again = [await send('reserveStock', hold), await send('placeOrder', order)];
    expect(again.map(({ text }) => answerIn(text))).toEqual(
      refused.map(({ text }) => answerIn(text)),
    );
  });

  it('is not spent by what was malformed or unknown', async () => {
    const idempotencyKey = freshKey();
    const ask = (input: object) =>
      system.operator.mutate('reserveStock', { ...input, idempotencyKey });
    const lines = [{ sku: 'FORK', quantity: 1 }];
    expect((await ask({ lines: [] })).__typename).toBe('InvalidInput');
    expect((await ask({ lines })).__typename).toBe('UnknownSku');
    await system.stock('FORK', { BER: 1 });
    expect((await ask({ lines, channel: 'nowhere' })).__typename).toBe('NotFound');
    expect((await ask({ lines })).__typename).toBe('StockReserved');
    expect((await ask({ lines: [] })).__typename).toBe('InvalidInput');
  });

  it('of one caller or mutation is not that of another', async () => {
    await system.stock('SPOON', { BER: 9 });
    const idempotencyKey = freshKey();
    const wish = { idempotencyKey, lines: [{ sku: 'SPOON', quantity: 1 }] };
    await system.operator.must('reserveStock', wish, 'StockReserved');
    await system.partner.must('reserveStock', { ...wish, ttlSeconds: 9 }, 'StockReserved');
    await system.operator.must('placeOrder', { ...wish, customer }, 'OrderPlaced');
  });

  it('is the same content with fields in another order, and nulls for none', async () => {
    await system.stock('KNIFE', { BER: 9 });
    const idempotencyKey = freshKey();
    const freshHold = { idempotencyKey: freshKey() };
    const wish = { lines: [{ sku: 'KNIFE', quantity: 1 }], customer, idempotencyKey };
    const first = orderOf(await system.operator.must('placeOrder', wish, 'OrderPlaced'));
    const same = {
      ...{ idempotencyKey, customer: { ...customer, phone: null }, channel: null },
      lines: [{ unitPrice: null, quantity: 1, sku: 'KNIFE' }],
    };
    const again = orderOf(await system.operator.must('placeOrder', same, 'OrderPlaced'));
    expect(again.id).toBe(first.id);
    const hold = { ...freshHold, lines: [{ sku: 'KNIFE', quantity: 1 }] };
    const held = reservationOf(await system.operator.must('reserveStock', hold, 'StockReserved'));
    const line = { locationCode: null, quantity: 1, sku: 'KNIFE' };
    const sameHold = { buyer: null, lines: [line], ttlSeconds: null, ...freshHold };
    const heard = await system.operator.must('reserveStock', sameHold, 'StockReserved');
    expect(reservationOf(heard).id).toBe(held.id);
  });
});
