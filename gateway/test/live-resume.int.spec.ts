import { describe, expect, it } from 'vitest';
import { type Heard, liveWorld, newClient, operator, storefront } from './live-stubs/live-world.ts';
import { stubSubgraphs } from './live-stubs/stub-subgraphs.ts';

/** A seed is the bug report. */
const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const skus = ['A', 'B', 'C', 'D', 'E', 'F'];
const changes = (heard: readonly Heard[]) =>
  heard.flatMap(({ availability }) => availability ?? []);
const lastCursor = (heard: readonly Heard[]) =>
  heard.findLast(({ cursor, complete }) => cursor !== undefined && complete !== false)?.cursor;

describe.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('with seed %i', (seed) => {
  it('a client that comes and goes hears every SKU forward, and ends on the newest', async () => {
    const world = liveWorld();
    const chance = random(seed);
    const pick = () => skus[Math.floor(chance() * skus.length)] ?? 'A';
    for (const sku of skus) world.stock.change(sku);
    // Others make it join upstreams that are live already, and in several batches.
    await world.join({ variables: { skus: ['A', 'C'] } });
    await world.join({ variables: { skus: ['B', 'E'] } });

    const mine = ['A', 'B', 'D', 'E'];
    const versions = new Map<string, number>();
    let after: string | undefined;
    for (let visit = 0; visit < 12; visit += 1) {
      const client = newClient();
      const joining = world.join({ client, variables: { skus: mine, after } });
      const steps = Math.floor(chance() * 30);
      for (let step = 0; step < steps; step += 1) {
        if (chance() < 0.7) world.stock.change(pick());
        if (chance() < 0.02) world.stock.lose();
        client.room = chance() < 0.8;
        if (chance() < 0.5) await world.ticks(1);
      }
      await joining;
      client.room = true;
      if (chance() < 0.5) await world.time.advance(2_000);
      client.leave();

      const snapshot = client.heard.flatMap(({ availabilities }) => availabilities ?? []);
      expect(snapshot.length === 0).toBe(after !== undefined);
      for (const { sku, version } of [...snapshot, ...changes(client.heard)]) {
        expect(version, `${sku} at visit ${visit}`).toBeGreaterThan(versions.get(sku) ?? 0);
        versions.set(sku, version);
      }
      after = lastCursor(client.heard) ?? after;
      if (visit % 2 === 0) world.stock.change(pick());
    }

    const last = await world.join({ variables: { skus: mine, after } });
    for (const { sku, version } of changes(last.heard)) versions.set(sku, version);
    for (const sku of mine) expect(versions.get(sku), sku).toBe(world.stock.version(sku));
  });
});

describe('a lost upstream', () => {
  it('is opened again where it was, and the client sees no gap', async () => {
    const world = liveWorld();
    for (const sku of skus) world.stock.change(sku);
    const client = await world.join({ variables: { skus } });
    world.stock.change('A');
    await world.ticks(3);
    world.stock.refuse(true);
    world.stock.lose();
    for (const sku of ['A', 'B', 'A']) world.stock.change(sku);
    await world.time.advance(1_000);
    expect(changes(client.heard)).toHaveLength(1);
    world.stock.refuse(false);
    await world.time.advance(10_000);
    expect(changes(client.heard).map(({ sku, version }) => [sku, version])).toEqual([
      ['A', 2],
      ['B', 2],
      ['A', 4],
    ]);
    expect(client.types).not.toContain('Reset');
  });

  it('holds back what other upstreams tell: the client could not resume before it', async () => {
    const world = liveWorld();
    for (const sku of skus) world.stock.change(sku);
    await world.join({ variables: { skus: ['A'] } });
    const client = await world.join({ variables: { skus: ['A', 'B'] } });
    world.stock.lose('A');
    world.stock.change('A');
    world.stock.change('B');
    await world.ticks(3);
    expect(changes(client.heard)).toEqual([]);
    await world.time.advance(1_000);
    expect(changes(client.heard).map(({ sku }) => sku)).toEqual(['A', 'B']);
  });

  it('that stays away ends the client with an error it may retry', async () => {
    const world = liveWorld();
    world.stock.change('A');
    const client = await world.join({});
    world.stock.refuse(true);
    world.stock.lose();
    await world.time.advance(60_000);
    expect(client.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
    expect(world.hub.stats).toMatchObject({ subscriptions: 0, upstreams: 0, feeds: 0 });
  });

  it('of another epoch gives each client a Reset and a snapshot', async () => {
    const world = liveWorld();
    world.stock.change('A');
    const client = await world.join({});
    world.stock.newEpoch('e2');
    world.stock.lose();
    await world.time.advance(1_000);
    expect(client.types.slice(2)).toEqual([
      'Reset',
      'AvailabilitySnapshot',
      'AvailabilitySnapshot',
    ]);
    world.stock.change('A');
    await world.ticks(3);
    expect(client.heard.at(-1)).toMatchObject({ cursor: 'e2.1' });
  });

  it('that is silent for 45 seconds is opened again', async () => {
    const world = liveWorld();
    world.stock.change('A');
    await world.join({});
    const opened = world.stock.opened;
    await world.time.advance(70_000);
    expect(world.stock.opened).toBeGreaterThan(opened);
  });
});

describe('a cursor of another system', () => {
  it('gives a Reset and then a snapshot', async () => {
    const world = liveWorld();
    world.stock.change('A');
    const client = await world.join({ variables: { skus: ['A'], after: 'other.7' } });
    expect(client.types.slice(0, 3)).toEqual([
      'Reset',
      'AvailabilitySnapshot',
      'AvailabilitySnapshot',
    ]);
  });
});

describe('the last client', () => {
  it('takes the upstream with it at once', async () => {
    const world = liveWorld();
    for (const sku of skus) world.stock.change(sku);
    const one = await world.join({ variables: { skus: ['A', 'B'] } });
    const other = await world.join({ variables: { skus: ['B', 'C'] } });
    expect(world.stock.streams).toBe(2);
    one.leave();
    expect(world.stock.streams).toBe(2); // B lives on in it
    other.leave();
    expect(world.stock.streams).toBe(0);
  });

  it('leaves nothing behind, after a thousand joins and leaves at any moment', async () => {
    const world = liveWorld();
    for (const sku of skus) world.stock.change(sku);
    for (let at = 0; at < 1_000; at += 1) {
      const client = newClient();
      const joining = world.join({
        client,
        caller: at % 2 === 0 ? operator : storefront,
        variables: { skus: [skus[at % 6], skus[(at * 5) % 6]] },
      });
      if (at % 3 === 0) await world.ticks(1);
      client.leave();
      await joining;
    }
    expect(world.stock.streams).toBe(0);
    expect(world.hub.stats).toMatchObject({ subscriptions: 0, feeds: 0, upstreams: 0 });
    expect(world.time.timers.size).toBe(1); // the beat
    expect(world.hub.waiting()).toBe(0);
  });
});

describe('another supergraph', () => {
  it('is planned in place: upstreams are kept and clients notice nothing', async () => {
    const world = liveWorld();
    world.stock.change('A');
    const client = await world.join({});
    const opened = world.stock.opened;
    world.stub.reload(stubSubgraphs(world.stock, world.orders, 'color: String').subgraphs);
    world.stock.change('A');
    await world.ticks(3);
    expect(client.types.at(-1)).toBe('AvailabilityChange');
    expect(world.stock.opened).toBe(opened);
    const late = await world.join({});
    const executed = world.stub.executed.length;
    world.stock.change('A');
    await world.ticks(3);
    expect(world.stub.executed.length - executed).toBe(1);
    expect(late.types.at(-1)).toBe('AvailabilityChange');
  });

  it('ends only what it no longer has', async () => {
    const world = liveWorld();
    world.stock.change('A');
    world.stub.reload(stubSubgraphs(world.stock, world.orders, 'color: String').subgraphs);
    const query = `subscription { availabilityChanged(skus: "A") { __typename
      ... on AvailabilityChange { availability { item { color } } } } }`;
    const colored = await world.join({ query, variables: {} });
    const plain = await world.join({});
    world.stub.reload(stubSubgraphs(world.stock, world.orders).subgraphs);
    await world.ticks(3);
    expect(colored.errors.map(({ extensions }) => extensions.code)).toEqual([
      'GRAPHQL_VALIDATION_FAILED',
    ]);
    expect(plain.errors).toEqual([]);
    expect(world.hub.stats).toMatchObject({ subscriptions: 1, feeds: 1 });
  });
});
