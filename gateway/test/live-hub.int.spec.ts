import { describe, expect, it } from 'vitest';
import { liveWorld, newClient, operator, storefront } from './live-stubs/live-world.ts';

const stocked = (...skus: string[]) => {
  const world = liveWorld();
  for (const sku of skus) world.stock.change(sku, 10);
  return world;
};

describe('what is live', () => {
  it('begins with a snapshot and goes on with joined changes', async () => {
    const world = stocked('A', 'B');
    const client = await world.join({ variables: { skus: ['A', 'B', 'unheard'] } });
    expect(client.types).toEqual(['AvailabilitySnapshot', 'AvailabilitySnapshot']);
    expect(client.heard.at(-1)).toMatchObject({ complete: true, cursor: 'e1.2' });

    world.stock.change('B');
    await world.ticks(3);
    expect(client.heard.at(-1)).toEqual({
      __typename: 'AvailabilityChange',
      cursor: 'e1.3',
      availability: { sku: 'B', version: 2, availableToPromise: 3, item: { name: 'Näme of B' } },
    });
  });

  it('executes once an event and scope, however many listen', async () => {
    const world = stocked('A', 'B');
    const shops = await Promise.all(Array.from({ length: 50 }, () => world.join({})));
    const staff = await Promise.all(
      Array.from({ length: 50 }, () => world.join({ caller: operator })),
    );
    const before = world.stub.executed.length;
    const serialised = world.hub.stats.serialisations;
    world.stock.change('A');
    await world.ticks(3);
    expect(world.stub.executed.slice(before).sort()).toEqual(['operator', 'storefront']);
    expect(world.hub.stats.serialisations - serialised).toBe(2);
    for (const client of [...shops, ...staff]) {
      expect(client.types.filter((type) => type === 'AvailabilityChange')).toHaveLength(1);
    }
  });

  it('shares between clients whose lists of SKUs differ', async () => {
    const world = stocked('A', 'B', 'C');
    const literal = (skus: string) => `subscription { availabilityChanged(skus: ${skus}) {
      __typename ... on AvailabilityChange { availability { sku version } } } }`;
    const one = await world.join({ query: literal('["A", "B"]'), variables: {} });
    const other = await world.join({ query: literal('["B", "C"]'), variables: {} });
    const executed = world.stub.executed.length;
    world.stock.change('B');
    await world.ticks(3);
    expect(world.stub.executed.length - executed).toBe(1);
    expect(one.types.at(-1)).toBe('AvailabilityChange');
    expect(other.types.at(-1)).toBe('AvailabilityChange');
    expect(world.stock.skusOfStreams()).toEqual([['A', 'B'], ['C']]);
  });

  it('takes keys and cursor from aliases, fragments and renamed variables', async () => {
    const world = stocked('A', 'B');
    const client = await world.join({
      query: `subscription Named($mine: [ID!]!, $where: ID, $from: String) { ...Root }
        fragment Root on Subscription {
          badge: availabilityChanged(skus: $mine, channel: $where, after: $from) { ...Change }
        }
        fragment Change on AvailabilityMessage {
          kind: __typename
          ... on AvailabilityChange { availability { item { title: name } } }
          ... on Heartbeat { upTo: cursor }
        }`,
      operationName: 'Named',
      variables: { mine: 'B', where: null, from: 'e1.1' },
    });
    const answers = client.bodies.map(
      (body) => JSON.parse(Buffer.from(body, 'latin1').toString()).data,
    );
    expect(answers).toEqual([
      {
        badge: { kind: 'AvailabilityChange', availability: { item: { title: 'Näme of B' } } },
      },
      { badge: { kind: 'Heartbeat', upTo: 'e1.2' } },
    ]);
  });

  it('refuses what the subgraph refuses, and others go on', async () => {
    const world = stocked('A');
    const good = await world.join({});
    const query =
      'subscription { availabilityChanged(skus: "A", channel: "nowhere") { __typename } }';
    const bad = await world.join({ query, variables: {} });
    expect(bad.errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
    const order = 'subscription { orderChanged(orderId: "order-2") { __typename } }';
    const unknown = await world.join({ query: order, variables: {} });
    expect(unknown.errors.map((error) => error.extensions.code)).toEqual(['NOT_FOUND']);
    world.stock.change('A');
    await world.ticks(3);
    expect(good.types.at(-1)).toBe('AvailabilityChange');
    expect(world.hub.stats.subscriptions).toBe(1);
  });

  it('does not let a client choose the names that the hub reads', () => {
    const world = stocked('A');
    const query = `subscription { availabilityChanged(skus: "A") {
      ... on AvailabilityChange { _holdfastCursor: __typename } } }`;
    const request = { query, variables: {}, operationName: undefined, address: '' };
    const subscribe = () =>
      world.hub.subscribe(
        { ...request, caller: storefront, resumeAfter: undefined },
        newClient().sink,
      );
    expect(subscribe).toThrow('reserved');
  });
});

describe('joining', () => {
  it('keeps what happens between the catch-up and the shared stream', async () => {
    const world = stocked('A');
    const snapshot = Promise.withResolvers<void>();
    world.stub.hold(snapshot.promise);
    const client = await world.join({});
    world.stub.hold(undefined);
    world.stock.change('A');
    await world.ticks(3);
    expect(client.types).toEqual([]);
    snapshot.resolve();
    await world.ticks(3);
    expect(client.heard.map(({ cursor }) => cursor)).toEqual(['e1.1', 'e1.1', 'e1.2']);
  });

  it('hears nothing twice, even when the upstream says it twice', async () => {
    const world = stocked('A');
    const client = await world.join({});
    world.stock.change('A');
    await world.ticks(3);
    world.stock.repeat('A');
    await world.ticks(3);
    expect(client.types.filter((type) => type === 'AvailabilityChange')).toHaveLength(1);
  });
});

describe('slow clients', () => {
  it('get only the newest of each SKU, once they have room again', async () => {
    const world = stocked('A', 'B');
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    const told = client.bodies.length;
    client.room = false;
    for (let at = 0; at < 500; at += 1) {
      world.stock.change(at % 2 === 0 ? 'A' : 'B');
      if (at % 25 === 0) await world.ticks(1);
    }
    await world.ticks(3);
    expect(client.bodies).toHaveLength(told);
    client.room = true;
    await world.ticks(1);
    const late = client.heard.slice(told);
    expect(late.map(({ availability }) => [availability?.sku, availability?.version])).toEqual([
      ['A', world.stock.version('A')],
      ['B', world.stock.version('B')],
    ]);
    expect(world.hub.stats.conflated).toBeGreaterThan(400);
  });

  it('hear every fact of an order in order, or are sent away', async () => {
    const world = stocked();
    const query = `subscription { orderChanged(orderId: "order-1") { __typename
      ... on OrderSnapshot { cursor }
      ... on OrderChange { cursor order { lines { item { name } } } } } }`;
    const patient = await world.join({ query, variables: {} });
    const stalled = await world.join({ query, variables: {} });
    stalled.room = false;
    const cursors: string[] = ['o1.1'];
    for (let version = 2; version < 259; version += 1) {
      world.orders.change();
      cursors.push(`o1.${version}`);
      if (version % 100 === 0) await world.ticks(2);
    }
    await world.ticks(2);
    expect(patient.heard.map(({ cursor }) => cursor)).toEqual(cursors);
    expect(stalled.overflowed).toBe(true);
    expect(world.hub.stats).toMatchObject({ dropped: 1, subscriptions: 1 });
    expect(world.orders.streams).toBe(1);
  });
});

describe('a tick', () => {
  it('is one flush a client, whatever has happened', async () => {
    const world = stocked('A', 'B', 'C');
    const client = await world.join({ variables: { skus: ['A', 'B', 'C'] } });
    const flushes = client.flushes;
    for (const sku of ['A', 'B', 'C', 'A']) world.stock.change(sku);
    await world.ticks(3);
    expect(client.flushes - flushes).toBe(1);
    expect(client.heard.slice(-3).map(({ cursor }) => cursor)).toEqual(['e1.5', 'e1.6', 'e1.7']);
  });

  it('waits for an upstream that tells a little later what came before', async () => {
    const world = stocked('A', 'B');
    await world.join({ variables: { skus: ['A'] } });
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    const tellA = world.stock.delay('A');
    world.stock.change('A');
    world.stock.change('B');
    await world.ticks(1);
    tellA();
    await world.ticks(3);
    expect(client.heard.slice(-2).map(({ cursor }) => cursor)).toEqual(['e1.3', 'e1.4']);
  });

  it('sends nothing beyond a change that is still being joined', async () => {
    const world = stocked('A', 'B');
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    const slow = Promise.withResolvers<void>();
    world.stub.hold(slow.promise);
    world.stock.change('A');
    await world.ticks(2);
    world.stub.hold(undefined);
    world.stock.change('B');
    await world.ticks(4);
    expect(client.types).not.toContain('AvailabilityChange');
    slow.resolve();
    await world.ticks(4);
    expect(client.heard.slice(-2).map(({ cursor }) => cursor)).toEqual(['e1.3', 'e1.4']);
  });
});

describe('a heartbeat', () => {
  it('comes each 15 seconds, as far as all upstreams of the client have told', async () => {
    const world = stocked('A', 'B', 'C');
    await world.join({ variables: { skus: ['A'] } });
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    for (let at = 0; at < 5; at += 1) world.stock.change('C');
    await world.time.advance(15_000);
    expect(client.heard.at(-1)).toMatchObject({ __typename: 'Heartbeat', cursor: 'e1.3' });
    world.stock.beat();
    await world.time.advance(15_000);
    expect(client.heard.at(-1)).toMatchObject({ __typename: 'Heartbeat', cursor: 'e1.8' });
    expect(client.types.filter((type) => type === 'Heartbeat')).toHaveLength(2);
  });

  it('goes no further than the upstream that has told least', async () => {
    const world = stocked('A', 'B', 'C');
    await world.join({ variables: { skus: ['A'] } });
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    world.stock.change('C');
    world.stock.beat('A');
    await world.time.advance(15_000);
    expect(client.heard.at(-1)).toMatchObject({ __typename: 'Heartbeat', cursor: 'e1.3' });
  });

  it('is never ahead of what was delivered', async () => {
    const world = stocked('A', 'B');
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    const slow = Promise.withResolvers<void>();
    world.stub.hold(slow.promise);
    world.stock.change('A');
    await world.ticks(1);
    world.stub.hold(undefined);
    world.stock.beat();
    await world.time.advance(15_000);
    expect(client.heard.at(-1)).toMatchObject({ __typename: 'Heartbeat', cursor: 'e1.2' });
    slow.resolve();
    await world.ticks(3);
    expect(client.heard.at(-1)).toMatchObject({ __typename: 'AvailabilityChange', cursor: 'e1.3' });
  });
});
