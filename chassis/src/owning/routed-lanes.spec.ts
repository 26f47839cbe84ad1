/** Lanes of one context over several processes: each with one owner, whoever is asked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, take } from '#test/till.ts';
import { laneCount, type TillLanes, type TillWorld, tillWorld } from '#test/till-processes.ts';
import { pause } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import { Overloaded, retryAfterMs } from '../lane/lane.ts';
import { leaseTtlMs } from '../leases/leases.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { StoreAway } from '../store-failure.ts';

describe('lanes over several processes', () => {
  let world: TillWorld;
  beforeEach(() => {
    world = tillWorld();
  });
  afterEach(() => expect(world.failures).toEqual([]));

  const owned = ({ lanes }: { readonly lanes: TillLanes }) =>
    lanes.figures().map(({ lane }) => lane);

  it('are shared out, each to one of them', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    expect([...owned(one), ...owned(two)].sort()).toEqual([0, 1, 2, 3]);
    expect(owned(one)).toHaveLength(2);
  });

  it('take a command from whoever was asked, and a retry from another one', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    for (let lane = 0; lane < laneCount; lane += 1) {
      const name = `till-${lane}`;
      const asked = put(name, 5, `key-${lane}`);
      const first = await world.running(one.lanes.handle(lane, asked, 'units', name));
      expect(first).toMatchObject({ outcome: { accepted: 'put' }, replayed: false, shown: 5 });
      const again = await world.running(two.lanes.handle(lane, asked, 'nothing', undefined));
      expect(again).toMatchObject({ outcome: { accepted: 'put' }, replayed: true });
      const seen = await world.running(two.lanes.read(lane, [`till/${name}`], 'units', name));
      expect(seen).toEqual({ shown: 5, version: two.lanes.knownVersion(lane) });
      expect(await world.running(two.lanes.outcomeOf(lane, asked.record))).toEqual({
        accepted: 'put',
      });
    }
  });

  it('go to the others when their owner stops; what it had decided stands', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    await world.running(one.lanes.handle(3, put('till', 5, 'a'), 'nothing', undefined));
    await world.running(one.lanes.stop());
    const { shown } = await world.running(
      two.lanes.handle(3, take('till', 2, 'b'), 'units', 'till'),
    );
    expect(shown).toBe(3);
    await world.clock.advance(1_000);
    expect(owned(two)).toHaveLength(laneCount);
  });

  it('go to the others when their owner dies, as soon as its leases have ended', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    one.cut();
    await world.clock.advance(leaseTtlMs + 2_000);
    expect(owned(two)).toHaveLength(laneCount);
    const handled = world.running(two.lanes.handle(0, put('till', 1, 'a'), 'nothing', undefined));
    expect((await handled).outcome).toEqual({ accepted: 'put' });
  });

  it('are not given up to who comes while the leases of one that died have not ended', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    const [own, free] = [owned(two), owned(one)];
    await world.clock.advance(10_000);
    one.cut();
    const three = await world.begin({}, 0);
    await world.clock.advance(leaseTtlMs - 1_000);
    expect([owned(two), owned(three)]).toEqual([own, []]);
    await world.clock.advance(2_000);
    const found = [...owned(two), ...owned(three)].sort();
    expect(found).toEqual([...own, ...free].sort());
    await world.clock.advance(leaseTtlMs + 1_000);
    expect([owned(two).length, owned(three).length]).toEqual([2, 2]);
  });

  it('are decided without a lease where nobody is reached; no unit goes twice', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    await world.running(one.lanes.handle(1, put('till', 3, 'a'), 'nothing', undefined));
    one.cut();
    two.cut();
    await world.clock.advance(leaseTtlMs + 3_000);
    const takes = [one, two, one, two, one].map(({ lanes }, at) =>
      lanes.handle(1, take('till', 1, `take-${at}`), 'nothing', undefined),
    );
    const outcomes = (await world.running(Promise.all(takes))).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => 'accepted' in outcome)).toHaveLength(3);
  });

  it('are not opened by who is asked before it has started', async () => {
    const { lanes } = world.create();
    await world.clock.advance(leaseTtlMs);
    const handled = world.running(lanes.handle(1, put('till', 3, 'a'), 'nothing', undefined));
    await expect(handled).rejects.toThrow(Overloaded);
    expect(owned({ lanes })).toEqual([]);
  });

  it('stay where they were while the leases are away, and so what runs beside them', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    const before = [owned(one), owned(two)];
    one.cut();
    two.cut();
    await world.clock.advance(leaseTtlMs + 3_000);
    expect([owned(one), owned(two)]).toEqual(before);
  });

  it('stay with their owner while leases are away, and go on under new ones', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    const [lane = 0, other = 0] = [owned(one)[0], owned(two)[0]];
    const ask = (key: string) =>
      one.lanes.handle(lane, put(`till-${lane}`, 1, key), 'units', `till-${lane}`);
    await world.running(ask('a'));
    const ways = [one.cut(), two.cut()];
    await world.clock.advance(leaseTtlMs - 500);
    const [before] = [owned(one)];
    expect((await world.running(ask('b'))).shown).toBe(2);
    expect(before).toHaveLength(2);
    for (const mend of ways) mend();
    await world.clock.advance(leaseTtlMs);
    expect([...owned(one), ...owned(two)].sort()).toEqual([0, 1, 2, 3]);
    expect((await world.running(ask('c'))).shown).toBe(3);
    const seen = two.lanes.read(other, [`till/till-${other}`], 'units', `till-${other}`);
    expect((await world.running(seen)).shown).toBe(0);
  });

  it('tell at once that another process is to be asked where the bus is away', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    one.cut();
    two.cut();
    const lane = owned(two)[0] ?? 0;
    const askedAt = world.clock.now();
    const asked = put('till', 1, 'a');
    const handled = world.running(one.lanes.handle(lane, asked, 'nothing', undefined));
    await expect(handled).rejects.toMatchObject({ elsewhere: true, mayBeDecided: false });
    expect(world.clock.now() - askedAt).toBeLessThan(500);
    const there = await world.running(two.lanes.handle(lane, asked, 'units', 'till'));
    expect(there).toMatchObject({ shown: 1, replayed: false });
  });

  it('are given up by who was cut off, once it meets the next owner', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    const [lane = 0] = owned(one);
    one.cut();
    await world.clock.advance(leaseTtlMs + 1_000);
    const there = two.lanes.handle(lane, put('till', 5, 'a'), 'units', 'till');
    expect((await world.running(there)).shown).toBe(5);
    // By whoever comes first: it finds out, and who asks is sent on.
    const seen = world.running(one.lanes.read(lane, ['till/till'], 'units', 'till'));
    await expect(seen).rejects.toMatchObject({ elsewhere: true });
    expect(owned(one)).not.toContain(lane);
  });

  it('go to the others at once also when a part beside them cannot stop', async () => {
    const stopped: string[] = [];
    const part = (name: string, fails: boolean) => ({
      start: async () => {},
      async stop() {
        stopped.push(name);
        if (fails) throw new Error(`${name} cannot keep its mark`);
      },
    });
    const company = { feeding: [part('policy', true)], carrying: [part('relay', true)] };
    const one = await world.begin({ companyOf: () => company });
    await world.clock.advance(1_000);
    const two = await world.begin();
    await world.clock.advance(1_000);
    expect([owned(one).length, owned(two).length]).toEqual([2, 2]);
    // Of both lanes that it gave up.
    expect(stopped.sort()).toEqual(['policy', 'policy', 'relay', 'relay']);
    await world.running(one.lanes.stop());
    await world.clock.advance(1_000);
    expect([owned(one).length, owned(two).length]).toEqual([0, 4]);
  });

  it('open in the end also where a part beside them asks too early for its own lane', async () => {
    let failures = 0;
    const one = await world.begin({
      companyOf(lanes, lane) {
        let asking: Promise<unknown> = Promise.resolve();
        const asker = {
          async start() {
            asking = lanes.read(lane, [], 'nothing', undefined).catch(() => {});
          },
          // As a follower: what it has begun is done before it stops.
          stop: () => asking.then(() => {}),
        };
        const late = {
          async start() {
            await pause(world.clock, 2_500);
            failures -= 1;
            if (failures >= 0) throw new StoreAway();
          },
          stop: async () => {},
        };
        return { feeding: [asker, late], carrying: [] };
      },
    });
    const two = await world.begin();
    await world.clock.advance(1_000);
    failures = 2;
    await world.running(two.lanes.stop());
    await world.clock.advance(10_000);
    expect(owned(one)).toHaveLength(laneCount);
  });

  it('decide before what runs beside them has begun', async () => {
    const began = Promise.withResolvers<void>();
    const beside = { start: () => began.promise, stop: async () => {} };
    const { lanes } = world.create({ companyOf: () => ({ feeding: [], carrying: [beside] }) });
    const started = lanes.start();
    await world.clock.advance(100);
    const handled = world.running(lanes.handle(1, put('till', 3, 'a'), 'units', 'till'));
    expect((await handled).shown).toBe(3);
    began.resolve();
    await world.running(started);
  });

  it('are not tried again all the time while they cannot be opened', async () => {
    let tries = 0;
    let isAway = false;
    const start = async () => {
      if (!isAway) return;
      tries += 1;
      throw new StoreAway();
    };
    const one = await world.begin({
      companyOf: () => ({ feeding: [{ start, stop: async () => {} }], carrying: [] }),
    });
    const two = await world.begin();
    isAway = true;
    const lost = owned(two).length;
    await world.running(two.lanes.stop());
    await world.clock.advance(1_000);
    expect(tries).toBeGreaterThan(lost);
    expect(tries).toBeLessThanOrEqual(10 * lost);
    isAway = false;
    await world.clock.advance(1_000);
    expect(owned(one)).toHaveLength(laneCount);
  });

  it('go on changing hands while one of them hangs, which is refused in time', async () => {
    const kept = inMemoryLaneRows();
    let hangs: number | undefined;
    const orNever = <Result>({ lane }: LaneId, ask: () => Promise<Result>): Promise<Result> =>
      lane === hangs ? new Promise(() => {}) : ask();
    const rows: LaneRows = {
      ...kept,
      checkpoint: (lane) => orNever(lane, () => kept.checkpoint(lane)),
      streams: (lane, names) => orNever(lane, () => kept.streams(lane, names)),
    };
    const [one, two] = [await world.begin({ rows }), await world.begin({ rows })];
    await world.clock.advance(2_000);
    const [lost = 0, other = 0] = owned(two);
    hangs = lost;
    await world.running(two.lanes.stop());
    await world.clock.advance(1_000);
    expect(owned(one).sort()).toEqual([0, 1, 2, 3].filter((lane) => lane !== lost));
    const { lanes } = one;
    const refused = world.running(lanes.read(lost, ['till/a'], 'units', 'a'));
    await expect(refused).rejects.toThrow(Overloaded);
    expect((await world.running(lanes.read(other, ['till/a'], 'units', 'a'))).shown).toBe(0);

    const three = await world.begin();
    await world.clock.advance(5_000);
    const taken = owned(three);
    expect(taken.length).toBeGreaterThan(0);
    expect([...owned(one), ...taken].sort()).toEqual([0, 1, 2, 3].filter((lane) => lane !== lost));

    hangs = owned(one)[0];
    const late = world.running(lanes.read(hangs ?? 0, ['till/b'], 'units', 'b'));
    await expect(late).rejects.toMatchObject({ name: 'Overloaded', mayBeDecided: false });

    // It is in the hands of this process and its store: another one need not be asked.
    const asked = lanes.handle(hangs ?? 0, put('b', 1, 'k'), 'nothing', undefined);
    await expect(world.running(asked)).rejects.toMatchObject({
      ...{ name: 'Overloaded', mayBeDecided: true, elsewhere: false },
    });
  });

  it('tell a store that is away from a bug, here and from another process', async () => {
    const store = { failure: new Error('a bug') };
    const rows = { ...inMemoryLaneRows(), streams: () => Promise.reject(store.failure) };
    const [one, two] = [await world.begin({ rows }), await world.begin()];
    await world.clock.advance(2_000);
    const lane = owned(one)[0] ?? 0;
    for (const { lanes } of [one, two]) {
      const read = () => world.running(lanes.read(lane, ['till/a'], 'units', 'a'));
      store.failure = new Error('a bug');
      await expect(read()).rejects.toMatchObject({ name: 'Error' });
      store.failure = new StoreAway();
      await expect(read()).rejects.toMatchObject({ name: 'Overloaded', retryAfterMs: 1_000 });
    }
  });

  it('refuse as Overloaded what has no owner for too long', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    // Its leases hold on; who asks can reach neither it nor anybody else.
    const lane = owned(two)[0] ?? 0;
    two.cutDoor();
    const asked = world.running(one.lanes.handle(lane, put('till', 1, 'a'), 'nothing', undefined));
    await expect(asked).rejects.toThrow(Overloaded);
  });

  it('answer whoever waits for the lane of an owner that has died', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    const lane = owned(two)[0] ?? 0;
    two.cut();
    const asked = one.lanes.handle(lane, put('till', 1, 'a'), 'nothing', undefined);
    expect(await world.running(asked)).toMatchObject({ outcome: { accepted: 'put' } });
  });

  it('say that it may be decided where a request was not answered', async () => {
    const [one, two] = [await world.begin(), await world.begin()];
    await world.clock.advance(2_000);
    const lane = owned(two)[0] ?? 0;
    two.loseReplies();
    for (const asked of [put('till', 1, 'a'), put('till', 1)]) {
      const handled = world.running(one.lanes.handle(lane, asked, 'nothing', undefined));
      await expect(handled).rejects.toMatchObject({ name: 'Overloaded', mayBeDecided: true });
    }
    const seen = two.lanes.read(lane, ['till/till'], 'units', 'till');
    expect((await world.running(seen)).shown).toBe(2);
  });

  it('say so too where the next owner refuses what the last one may have decided', async () => {
    const handle = () => Promise.reject(new Overloaded(retryAfterMs));
    const one = await world.begin({ lane: (lane) => ({ ...lane, handle }) });
    const two = await world.begin();
    await world.clock.advance(2_000);
    const lane = owned(two)[0] ?? 0;
    two.loseReplies();
    const asked = one.lanes.handle(lane, put('till', 1, 'a'), 'nothing', undefined);
    const refused = expect(asked).rejects.toMatchObject({ name: 'Overloaded', mayBeDecided: true });
    await world.clock.advance(100);
    // Its lease ends, and its lane opens here, before a reply is given up.
    two.cut();
    await world.clock.advance(2_500);
    await refused;
  });
});
