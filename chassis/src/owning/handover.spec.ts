/** How long a lane is nobody's while it goes from one living process to another. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put } from '#test/till.ts';
import { type TillLanes, type TillWorld, tillWorld } from '#test/till-processes.ts';
import { pause } from '../clock.ts';
import { leaseTtlMs } from '../leases/leases.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';

const count = 8;

describe('lanes that change hands', () => {
  let world: TillWorld;
  beforeEach(() => {
    world = tillWorld(count);
  });
  afterEach(() => expect(world.failures).toEqual([]));

  const owned = ({ lanes }: { readonly lanes: TillLanes }) =>
    lanes.figures().map(({ lane }) => lane);
  const stopsIn = (ms: number) => ({ start: async () => {}, stop: () => pause(world.clock, ms) });
  /** Long enough that the lanes of who comes now are not given up at once, as at a start. */
  const afterItsStart = () => world.clock.advance(10_000);

  it.each([
    ['what feeds them', [1_000, 0, 0]],
    ['what carries their log on', [0, 1_000, 0]],
    ['the write of their rows', [0, 0, 500]],
  ] as const)(
    'are soon served again, however long it takes to stop %s',
    async (_, [feedsMs, carriesMs, writesMs]) => {
      const company = { feeding: [stopsIn(feedsMs)], carrying: [stopsIn(carriesMs)] };
      const kept = inMemoryLaneRows();
      const rows: LaneRows = {
        ...kept,
        async write(lane, batch) {
          await pause(world.clock, writesMs);
          await kept.write(lane, batch);
        },
      };
      const one = await world.begin({ companyOf: () => company, rows });
      await afterItsStart();
      const two = await world.begin({ rows }, 0);
      let slowestMs = 0;
      for (let asked = 0; owned(two).length < count / 2; asked += 1) {
        const askedAt = world.clock.now();
        const command = put('till', 1, `key-${asked}`);
        await world.running(two.lanes.handle(asked % count, command, 'nothing', undefined));
        slowestMs = Math.max(slowestMs, world.clock.now() - askedAt);
        await world.clock.advance(10);
      }
      expect(owned(one)).toHaveLength(count / 2);
      expect(slowestMs).toBeLessThan(200);
    },
  );

  it('are two at a time, so that each is soon served again', async () => {
    let stopping = 0;
    let most = 0;
    const part = {
      start: async () => {},
      async stop() {
        stopping += 1;
        most = Math.max(most, stopping);
        await pause(world.clock, 100);
        stopping -= 1;
      },
    };
    await world.begin({ companyOf: () => ({ feeding: [], carrying: [part] }) });
    await afterItsStart();
    const two = await world.begin({}, leaseTtlMs + 1_000);
    expect(owned(two)).toHaveLength(count / 2);
    expect(most).toBe(2);
  });

  it('are taken as soon as they are free, whatever another one still waits for', async () => {
    const kept = inMemoryLaneRows();
    let hangs = 0;
    const hangsOnce: LaneRows = {
      ...kept,
      checkpoint(lane) {
        hangs -= 1;
        return hangs === 0 ? new Promise(() => {}) : kept.checkpoint(lane);
      },
    };
    const one = await world.begin({ rows: hangsOnce });
    const two = await world.begin({ rows: kept });
    const three = await world.begin({ rows: kept });
    await world.clock.advance(leaseTtlMs);
    // The first lane that it opens from now on.
    hangs = 1;
    await world.running(two.lanes.stop());
    await world.clock.advance(100);
    await world.running(three.lanes.stop());
    await world.clock.advance(200);
    expect(hangs).toBeLessThan(1);
    expect(owned(one)).toHaveLength(count - 1);
  });
});
