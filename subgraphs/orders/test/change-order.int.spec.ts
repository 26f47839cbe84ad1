import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allocates, itemSaved } from './inventory-facts.ts';
import {
  mutate,
  orderById,
  orderByNumber,
  orderOf,
  run,
  type ShownOrder,
} from './orders-graphql.ts';
import { caller, openWorld, until, type World } from './orders-world.ts';

let world: World;
let order: ShownOrder;

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const lines = [{ sku: 'TEE', quantity: 3, unitPrice: eur(5) }];
const placed = async (more: object = {}, by = caller('partner')) =>
  orderOf(
    await mutate(
      world,
      'placeOrder',
      {
        ...{ idempotencyKey: 'place', customer: { email: 'ada@example.org' }, lines, ...more },
        ...{},
      },
      by,
    ),
  );

beforeEach(async () => {
  world = await openWorld();
  await world.tell('sku/TEE', itemSaved('TEE'));
  world.answer = allocates();
  order = await placed();
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});

const cancel = (more: object = {}, by = caller('partner')) =>
  mutate(
    world,
    'cancelOrder',
    {
      ...{ idempotencyKey: 'cancel', orderId: order.id, reason: 'changed mind', ...more },
    },
    by,
  );
const record = (more: object = {}, by = caller('partner')) =>
  mutate(
    world,
    'recordPayment',
    {
      ...{ idempotencyKey: 'pay', orderId: order.id, outcome: 'AUTHORIZED', reference: 'pay-1' },
      ...more,
    },
    by,
  );
const part = (quantity: number, restock = true) => ({
  ...{ lineId: order.lines[0]?.id, quantity, restock },
});

describe('cancelling', () => {
  it('ends the order and asks its stock back; a retry hears the same', async () => {
    const answer = await cancel();
    expect(answer).toMatchObject({
      ...{ __typename: 'OrderCancelled' },
      order: { status: 'CANCELLED', lines: [{ cancelled: 3, allocated: 0, status: 'CANCELLED' }] },
    });
    expect(orderOf(await cancel())).toEqual(orderOf(answer));
    await until(async () => world.requests.length === 2);
    expect(world.requests[1]).toMatchObject({ whole: true, lines: [{ units: 3, restock: true }] });
    expect(await cancel({ idempotencyKey: 'again' })).toMatchObject({
      ...{ __typename: 'NotAllowed', reason: 'The order is cancelled already.' },
    });
  });

  it('of a part leaves the rest, and sums a line named twice', async () => {
    const answer = await cancel({ lines: [part(1, false), part(1, false)] });
    expect(answer).toMatchObject({
      order: { status: 'AWAITING_PAYMENT', lines: [{ cancelled: 2, allocated: 1 }] },
    });
    await until(async () => world.requests.length === 2);
    expect(world.requests[1]).toMatchObject({
      whole: false,
      lines: [{ units: 2, restock: false }],
    });
  });

  it('of one line with two decisions about its units is malformed', async () => {
    expect(await cancel({ lines: [part(1), part(1, false)] })).toMatchObject({
      ...{ __typename: 'InvalidInput', path: ['lines', '1', 'restock'] },
    });
  });

  it('of more than is left is malformed and spends no key', async () => {
    expect(await cancel({ lines: [part(2), part(2)] })).toMatchObject({
      ...{ __typename: 'InvalidInput', path: ['lines', '0', 'quantity'] },
    });
    expect(await cancel({ lines: [part(3)] })).toMatchObject({ __typename: 'OrderCancelled' });
  });

  it('with an old version is refused, with the one now', async () => {
    expect(await cancel({ expectedVersion: order.version - 1 })).toMatchObject({
      ...{ __typename: 'VersionConflict', code: 'VERSION_CONFLICT', retryable: true },
      ...{ currentVersion: order.version, path: ['expectedVersion'] },
    });
    const again = { idempotencyKey: 'cancel-2', expectedVersion: order.version };
    expect(await cancel(again)).toMatchObject({ __typename: 'OrderCancelled' });
  });

  it('of what is not there is not found', async () => {
    const notFound = { __typename: 'NotFound', path: ['orderId'] };
    expect(await cancel({ orderId: 'nonsense' })).toMatchObject(notFound);
    expect(await cancel({ orderId: `ord_${'0'.repeat(36)}` })).toMatchObject(notFound);
    expect(await cancel({}, caller('partner', 'other'))).toMatchObject(notFound);
    expect(await cancel({}, caller('storefront'))).toMatchObject(notFound);
    const elsewhere = { lines: [{ ...part(1), lineId: 'nonsense' }] };
    expect(await cancel(elsewhere)).toMatchObject({ path: ['lines', '0', 'lineId'] });
    expect(await cancel({}, caller('agent'))).toMatchObject({ __typename: 'OrderCancelled' });
  });

  it('by a storefront always restocks', async () => {
    const storefront = caller('storefront');
    order = await placed({}, storefront);
    const named = [part(1, false), part(1, true)];
    expect(await cancel({ lines: named }, storefront)).toMatchObject({
      order: { status: 'AWAITING_PAYMENT' },
    });
    expect(await cancel({ idempotencyKey: 'rest', restock: false }, storefront)).toMatchObject({
      order: { status: 'CANCELLED' },
    });
    await until(async () => world.requests.length === 4);
    const restocks = world.requests
      .slice(2)
      .flatMap((request) =>
        request.type === 'OrderAllocationReleaseRequested' ? request.lines : [],
      );
    expect(restocks).toMatchObject([
      { units: 2, restock: true },
      { units: 1, restock: true },
    ]);
  });

  it('while inventory is silent ends the order; its late answer changes nothing', async () => {
    world.answer = () => undefined;
    const answering = placed({ idempotencyKey: 'silent' });
    await until(async () => world.requests.length === 2);
    const [, request] = world.requests;
    const pending = await orderByNumber(world, '00-000002');
    order = pending!;
    expect(await cancel({ idempotencyKey: 'early' })).toMatchObject({
      order: { status: 'CANCELLED' },
    });
    // Who waits for the decision hears of the end at once.
    expect((await answering).status).toBe('CANCELLED');

    const late = allocates()(request as Parameters<typeof world.answer>[0]);
    const { version } = (await orderById(world, order.id))!;
    const durable = () => world.app.figures().lanes[0]!.durableVersion;
    const before = durable();
    await world.tell(`claim/${request!.claim}`, late!, late!);
    await until(async () => durable() > before);
    expect(await orderById(world, order.id)).toMatchObject({ status: 'CANCELLED', version });
  });
});

describe('recording a payment', () => {
  it('confirms the order; told again under a new key it changes nothing', async () => {
    const answer = await record({ amount: eur(15) });
    expect(answer).toMatchObject({ __typename: 'PaymentRecorded', order: { status: 'CONFIRMED' } });
    const again = await record({ idempotencyKey: 'pay-again' });
    expect(orderOf(again)).toEqual(orderOf(answer));
    const other = await record({ idempotencyKey: 'pay-other', reference: 'pay-2' });
    expect(other).toMatchObject({ __typename: 'NotAllowed' });
  });

  it('below the total is malformed', async () =>
    expect(await record({ amount: eur(14) })).toMatchObject({
      ...{ __typename: 'InvalidInput', path: ['amount'] },
    }));

  it('that failed is told, and the order goes on waiting', async () => {
    const answer = await record({ outcome: 'FAILED' });
    expect(answer).toMatchObject({ order: { status: 'AWAITING_PAYMENT' } });
    expect(orderOf(answer).history.nodes.at(-1)?.type).toBe('order.payment.failed');
  });

  it('is not for storefronts, nor for a partner without the scope', async () => {
    await expect(record({}, caller('storefront'))).rejects.toThrow('FORBIDDEN');
    const reader = { ...caller('partner'), scopes: ['orders:read'] as const };
    await expect(record({}, reader)).rejects.toThrow('FORBIDDEN');
    await expect(cancel({}, reader)).rejects.toThrow('FORBIDDEN');
    await expect(placed({ idempotencyKey: 'p2' }, reader)).rejects.toThrow('FORBIDDEN');
  });
});

describe('looking', () => {
  const history = `query ($id: ID!, $first: Int, $after: String) { order(id: $id) {
    history(first: $first, after: $after) {
      nodes { type } pageInfo { hasNextPage endCursor } } } }`;
  const page = async (first?: number, after?: unknown) => {
    const { data, codes } = await run(world, history, { id: order.id, first, after });
    return { codes, history: (data?.order as { history: HistoryPage } | null)?.history };
  };
  type HistoryPage = {
    readonly nodes: readonly { readonly type: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };

  it('at an order: those who may; to the others it is not there', async () => {
    expect(await orderById(world, order.id, caller('partner'))).toEqual(order);
    expect(await orderById(world, order.id, caller('agent'))).toEqual(order);
    expect(await orderById(world, order.id, caller('partner', 'other'))).toBeNull();
    expect(await orderById(world, order.id, caller('storefront'))).toBeNull();
    expect(await orderById(world, 'nonsense')).toBeNull();
    const shopped = await placed({}, caller('storefront', 's1'));
    expect(await orderById(world, shopped.id, caller('storefront', 's2'))).toEqual(shopped);
  });

  it('by number: not for storefronts', async () => {
    expect(await orderByNumber(world, order.number)).toEqual(order);
    expect(await orderByNumber(world, order.number, caller('partner', 'other'))).toBeNull();
    expect(await orderByNumber(world, '00-999999')).toBeNull();
    expect(await orderByNumber(world, 'nonsense')).toBeNull();
    const source = 'query { orderByNumber(number: "00-000001") { id } }';
    const forbidden = await run(world, source, {}, caller('storefront'));
    expect(forbidden.codes).toEqual(['FORBIDDEN']);
    const writer = { ...caller('partner'), scopes: ['orders:write'] as const };
    expect((await run(world, source, {}, writer)).codes).toEqual(['FORBIDDEN']);
  });

  it('through its history, page by page', async () => {
    const first = await page(2);
    expect(first.history).toMatchObject({
      nodes: [{ type: 'order.placed' }, { type: 'order.allocation.requested' }],
      pageInfo: { hasNextPage: true },
    });
    const second = await page(2, first.history?.pageInfo.endCursor);
    expect(second.history).toMatchObject({
      ...{ nodes: [{ type: 'order.allocated' }], pageInfo: { hasNextPage: false } },
    });
    const end = await page(2, second.history?.pageInfo.endCursor);
    expect(end.history).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
    expect((await page(100)).codes).toEqual([]);
    expect((await page(101)).codes).toEqual(['BAD_USER_INPUT']);
    expect((await page(-1)).codes).toEqual(['BAD_USER_INPUT']);
    expect((await page(1, 'nonsense')).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('as an entity of the graph', async () => {
    const source = `query ($refs: [_Any!]!) { _entities(representations: $refs) {
      ... on Order { number } } }`;
    const refs = [order.id, 'nonsense'].map((id) => ({ __typename: 'Order', id }));
    const { data } = await run(world, source, { refs }, caller('partner'));
    expect(data?._entities).toEqual([{ number: order.number }, null]);
  });
});
