import { readFrom } from '@holdfast/chassis/log/event-log';
import { decryptPersonal } from '@holdfast/chassis/personal/personal-data';
import { type OrderId, uuidOf } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  allocates,
  channelSaved,
  itemSaved,
  refuses,
  reservationMade,
  sku,
} from './inventory-facts.ts';
import { mutate, orderById, orderByNumber, orderOf } from './orders-graphql.ts';
import { caller, openWorld, until, type World } from './orders-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.tell('sku/TEE', itemSaved('TEE'));
  await world.tell('sku/MUG', itemSaved('MUG'));
  world.answer = allocates();
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});

const wish = (more: object = {}) => ({
  ...{ idempotencyKey: 'key-1', customer: { email: 'ada@example.org' } },
  ...{ lines: [{ sku: 'TEE', quantity: 2 }], ...more },
});
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const held = `res_${'1'.repeat(32)}abcd`;
const place = (more?: object, by?: ReturnType<typeof caller>) =>
  mutate(world, 'placeOrder', wish(more), by);
const typesOf = (order: ReturnType<typeof orderOf>) => order.history.nodes.map(({ type }) => type);

const logText = async () => {
  const bodies: string[] = [];
  const lane = { context: 'orders', lane: 0 };
  for await (const { body } of readFrom(world.log, lane, 1)) bodies.push(body);
  return bodies.join('\n');
};

describe('placing', () => {
  it('answers the confirmed order once inventory has allocated it', async () => {
    const answer = await place();
    expect(answer).toMatchObject({
      __typename: 'OrderPlaced',
      order: {
        ...{
          status: 'CONFIRMED',
          number: '00-000001',
          channel: 'default',
          version: 4,
          total: null,
        },
        ...{ placedAt: '2100-01-01T00:00:00.000Z' },
        lines: [
          { sku: 'TEE', quantity: 2, allocated: 2, status: 'ALLOCATED', item: { sku: 'TEE' } },
        ],
      },
    });
    const order = orderOf(answer);
    expect(typesOf(order)).toEqual([
      ...['order.placed', 'order.allocation.requested', 'order.allocated', 'order.confirmed'],
    ]);
    expect(order.history.nodes).toMatchObject([
      { id: 'orders:0:1:0', actor: 'operator', summary: 'Placed as 00-000001: 2 units in 1 line' },
      { id: 'orders:0:1:1', actor: 'operator' },
      { id: 'orders:0:2:0', actor: 'holdfast' },
      { id: 'orders:0:2:1', actor: 'holdfast' },
    ]);
    expect(answer.cursors).toEqual(['orders:0:2']);
    expect(await orderById(world, order.id)).toEqual(order);
  });

  it('numbers one order after the other', async () => {
    const first = orderOf(await place());
    const second = orderOf(await place({ idempotencyKey: 'key-2' }));
    expect([first.number, second.number]).toEqual(['00-000001', '00-000002']);
  });

  it('merges lines of one SKU and price, and asks for the sum of all', async () => {
    const lines = [3, 5, 3].map((amount) => ({ sku: 'TEE', quantity: 1, unitPrice: eur(amount) }));
    const answer = await place({ lines, payment: { reference: 'pay-1', amount: eur(11) } });
    expect(answer).toMatchObject({
      order: {
        ...{ status: 'CONFIRMED', total: eur(11) },
        lines: [
          { quantity: 2, unitPrice: eur(3) },
          { quantity: 1, unitPrice: eur(5) },
        ],
      },
    });
    expect(world.requests).toMatchObject([{ lines: [{ sku: 'TEE', units: 3 }] }]);
  });

  it('answers the pending order when inventory stays silent, and asks again', async () => {
    world.answer = () => undefined;
    const answering = place();
    await until(async () => world.requests.length === 1);
    let answered = false;
    void answering.then(() => {
      answered = true;
    });
    await world.clock.advance(1_999);
    expect(answered).toBe(false);
    await world.clock.advance(1);
    const order = orderOf(await answering);
    expect(order).toMatchObject({ status: 'PENDING', lines: [{ status: 'PENDING' }] });

    world.answer = allocates();
    await world.clock.advance(28_000);
    await until(async () => (await orderById(world, order.id))?.status === 'CONFIRMED');
    expect(world.requests[1]).toEqual(world.requests[0]);
  });

  it('cancels an order whose payment does not come, and gives its stock back', async () => {
    const priced = { lines: [{ sku: 'TEE', quantity: 1, unitPrice: eur(5) }] };
    world.answer = allocates({ graceSeconds: 30 });
    const order = orderOf(await place(priced));
    expect(order.status).toBe('AWAITING_PAYMENT');
    await world.clock.advance(29_999);
    expect(await orderById(world, order.id)).toEqual(order);
    await world.clock.advance(1);
    const ended = await until(async () => {
      const now = await orderById(world, order.id);
      return now?.status === 'CANCELLED' && now;
    });
    expect(typesOf(ended)).toContain('order.cancelled');
    await until(async () => world.requests.length === 2);
    expect(world.requests[1]).toMatchObject({ whole: true, lines: [{ units: 1, restock: true }] });
  });

  it('keeps personal data sealed: in the log, and out of every answer', async () => {
    const name = 'Ada Lovelace';
    const shipTo = { street: 'St James 12', city: 'London', postalCode: 'SW1', country: 'GB' };
    const answer = await place({ customer: { email: 'ada@example.org', name }, shipTo });
    const text = JSON.stringify(answer) + (await logText());
    for (const secret of [name, 'ada@example.org', 'St James', 'London']) {
      expect(text).not.toContain(secret);
    }
    const { id } = orderOf(answer);
    const key = await world.personalKeys.find(uuidOf(id as OrderId));
    const [, sealed = ''] = /"personal":"([^"]+)"/.exec(await logText()) ?? [];
    expect(JSON.parse(decryptPersonal(key!, sealed))).toEqual({
      ...{ customer: { email: 'ada@example.org', name }, shipTo },
    });
  });
});

describe('a retry', () => {
  it('hears of the same order as it is now, and nothing more is decided', async () => {
    const first = orderOf(await place());
    const again = orderOf(await place());
    expect(again).toEqual(first);
    expect(world.requests).toHaveLength(1);
    await mutate(world, 'cancelOrder', { idempotencyKey: 'c', orderId: first.id, reason: 'no' });
    expect(orderOf(await place())).toMatchObject({ id: first.id, status: 'CANCELLED' });
  });

  it('is recognized by its meaning: nulls and the order of fields do not matter', async () => {
    const first = orderOf(await place());
    const { customer, ...rest } = wish();
    const again = await mutate(world, 'placeOrder', { shipTo: null, ...rest, customer });
    expect(orderOf(again).id).toBe(first.id);
  });

  it('with other content is refused', async () => {
    await place();
    expect(await place({ lines: [{ sku: 'TEE', quantity: 3 }] })).toMatchObject({
      ...{ __typename: 'IdempotencyKeyReused', code: 'IDEMPOTENCY_KEY_REUSED', retryable: false },
      path: ['idempotencyKey'],
    });
  });

  it('of another caller is another order', async () => {
    const mine = orderOf(await place({}, caller('partner', 'p1')));
    expect(orderOf(await place({}, caller('partner', 'p2'))).id).not.toBe(mine.id);
  });

  it('at the same time is one order and forgets the key of the other', async () => {
    const both = await Promise.all([place(), place()]);
    const [a, b] = both.map(orderOf);
    expect(a?.id).toBe(b?.id);
    expect(world.requests).toHaveLength(1);
    expect(world.forgotten).toHaveLength(1);
    expect(world.forgotten).not.toContain(uuidOf(a?.id as OrderId));
  });

  it('finds its answer after a restart', async () => {
    const first = orderOf(await place());
    await world.close();
    world = await openWorld(world.folder, world.clock);
    expect(orderOf(await place())).toEqual(first);
  });
});

describe('what inventory must know', () => {
  it('an unknown SKU is refused and spends no key', async () => {
    const lines = ['TEE', 'CAP', 'HAT'].map((code) => ({ sku: code, quantity: 1 }));
    expect(await place({ lines })).toMatchObject({
      ...{ __typename: 'UnknownSku', code: 'UNKNOWN_SKU', retryable: false },
      ...{ skus: ['CAP', 'HAT'], path: ['lines', '1', 'sku'] },
    });
    await world.tell('sku/CAP', itemSaved('CAP'), itemSaved('HAT'));
    // Inventory's log knows it already: the projection is waited for.
    expect(await place({ lines })).toMatchObject({ __typename: 'OrderPlaced' });
  });

  it('an item that the bus has not told of is found in inventory’s log', async () => {
    await world.relay.stop();
    await world.tell('sku/CAP', itemSaved('CAP'));
    const answering = place({ lines: [{ sku: 'CAP', quantity: 1 }] });
    await until(async () => world.requests.length === 1);
    // Inventory's answer does not come over the bus either: the order is shown as it stands.
    await world.clock.advance(2_000);
    expect(orderOf(await answering)).toMatchObject({ lines: [{ sku: 'CAP' }] });
  });

  it('an unknown channel is not found; a known one is used', async () => {
    const notFound = { __typename: 'NotFound', code: 'NOT_FOUND', retryable: false };
    expect(await place({ channel: 'shop' })).toMatchObject({ ...notFound, path: ['channel'] });
    await world.tell('catalog/all', channelSaved('shop'));
    expect(orderOf(await place({ channel: 'shop' }))).toMatchObject({ channel: 'shop' });
    expect(world.requests).toMatchObject([{ channel: 'shop' }]);
  });

  it('an unknown or malformed reservation is not found', async () => {
    for (const reservationId of [held, 'nonsense']) {
      expect(await place({ reservationId })).toMatchObject({
        ...{ __typename: 'NotFound', path: ['reservationId'] },
      });
    }
  });
});

describe('placing from a reservation', () => {
  const reserved = [
    ['TEE', 1],
    ['MUG', 2],
    ['TEE', 1],
  ] as const;
  beforeEach(async () => {
    await world.tell('catalog/all', channelSaved('shop'));
    await world.tell('sku/HAT', itemSaved('HAT'));
    await world.tell(`claim/${held}`, reservationMade(held, reserved, 'shop'));
  });

  it('takes its lines, summed, and its channel', async () => {
    const answer = await place({ lines: null, reservationId: held });
    expect(answer).toMatchObject({
      order: {
        channel: 'shop',
        lines: [
          { sku: 'TEE', quantity: 2 },
          { sku: 'MUG', quantity: 2 },
        ],
      },
    });
    expect(world.requests).toMatchObject([{ reservation: held, channel: 'shop' }]);
  });

  it('takes lines that come to the same units', async () => {
    const lines = [
      ['MUG', 1],
      ['TEE', 2],
      ['MUG', 1],
    ].map(([code, quantity], at) => ({
      ...{ sku: code, quantity, unitPrice: eur(at) },
    }));
    const payment = { reference: 'pay-1', amount: eur(4) };
    const answer = await place({ lines, reservationId: held, channel: 'shop', payment });
    expect(answer).toMatchObject({ __typename: 'OrderPlaced', order: { total: eur(4) } });
  });

  it.each([
    [
      'fewer units',
      {
        lines: [
          ['TEE', 2],
          ['MUG', 1],
        ],
      },
      'lines',
    ],
    [
      'more SKUs',
      {
        lines: [
          ['TEE', 2],
          ['MUG', 2],
          ['HAT', 1],
        ],
      },
      'lines',
    ],
    ['fewer SKUs', { lines: [['TEE', 2]] }, 'lines'],
    [
      'another channel',
      {
        lines: [
          ['TEE', 2],
          ['MUG', 2],
        ],
        channel: 'default',
      },
      'channel',
    ],
  ])('refuses %s', async (_, { lines, ...more }, field) => {
    const named = lines.map(([code, quantity]) => ({ sku: code, quantity }));
    expect(await place({ lines: named, reservationId: held, ...more })).toMatchObject({
      ...{ __typename: 'InvalidInput', path: [field] },
    });
  });

  it('is not allowed when the reservation is gone', async () => {
    world.answer = refuses([], 'ReservationGone');
    expect(await place({ lines: null, reservationId: held })).toMatchObject({
      ...{ __typename: 'NotAllowed', code: 'NOT_ALLOWED', retryable: false },
      reason: 'The reservation was released, or another order has taken it.',
    });
  });
});

describe('too little stock', () => {
  beforeEach(() => {
    world.answer = refuses([{ sku: sku('TEE'), requestedUnits: units(20), availableUnits: 7 }]);
  });

  it.each([
    ['operator', 7],
    ['storefront', 5],
  ] as const)('is told a %s, who sees at most so much: %i', async (role, available) => {
    const lines = ['MUG', 'TEE'].map((code) => ({ sku: code, quantity: 20 }));
    const refusal = {
      ...{ __typename: 'InsufficientStock', code: 'INSUFFICIENT_STOCK', retryable: true },
      ...{ path: ['lines', '1', 'quantity'] },
      shortfalls: [{ sku: 'TEE', requested: 20, available, nextSupply: null, alternatives: null }],
    };
    expect(await place({ lines }, caller(role))).toMatchObject(refusal);
    expect(await place({ lines }, caller(role))).toMatchObject(refusal);
    expect(await orderByNumber(world, '00-000001')).toMatchObject({
      ...{ status: 'REJECTED', lines: [{ status: 'REJECTED' }, { status: 'REJECTED' }] },
    });
  });
});

describe('payment', () => {
  const priced = { lines: [{ sku: 'TEE', quantity: 2, unitPrice: eur(5) }] };
  const payment = { reference: 'pay-1', amount: eur(10) };

  it('of a storefront is only recorded: also an order for nothing awaits it', async () => {
    const storefront = caller('storefront');
    const paid = await place({ ...priced, payment }, storefront);
    expect(orderOf(paid).status).toBe('AWAITING_PAYMENT');
    const free = await place({ idempotencyKey: 'key-2' }, storefront);
    expect(orderOf(free).status).toBe('AWAITING_PAYMENT');
  });

  it('of the others is believed', async () => {
    const order = orderOf(await place({ ...priced, payment }, caller('partner')));
    expect(order.status).toBe('CONFIRMED');
    expect(typesOf(order)[1]).toBe('order.payment.authorized');
  });

  it('may exceed the total and not fall below it', async () => {
    const paying = (amount: object) =>
      place({ ...priced, payment: { reference: 'pay-1', amount }, idempotencyKey: 'key-3' });
    const refused = { __typename: 'InvalidInput', path: ['payment', 'amount'] };
    expect(await paying(eur(9))).toMatchObject(refused);
    expect(await paying({ amount: 10, currency: 'USD' })).toMatchObject(refused);
    expect(await paying(eur(11))).toMatchObject({ __typename: 'OrderPlaced' });
  });
});
