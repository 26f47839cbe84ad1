import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { failNext, faultyReadModel, mortal } from '#test/faults.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import type { LaneId } from '../commit.ts';
import { Overloaded } from '../lane/lane.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { createRelay } from '../relay/relay.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import {
  createFollower,
  type Follower,
  type FollowerOptions,
  PermanentFailure,
} from './follower.ts';
import { auditCollection, parkedCollection } from './parked.ts';

const lane: LaneId = { context: 'inventory', lane: 0 };
const everything = { prefix: '', limit: 100, direction: 'up' } as const;
const busy = new Error('busy');
const all = { by: 'stream', stream: 'sku/A' } as const;

describe('a follower, when events cannot be applied', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let readModel: ReadModel;
  let handled: string[];
  let attempts: number[];
  let sick: Map<string, Error>;
  let follower: Follower;
  let kill: () => void;
  /** Once, while a handler is about to fail. */
  let meanwhile: (() => Promise<unknown>) | undefined;

  beforeEach(async () => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    readModel = inMemoryReadModel();
    handled = [];
    attempts = [];
    sick = new Map();
    kill = () => {};
    meanwhile = undefined;
    follower = await open();
  });

  const append = (...streams: readonly string[]) =>
    appendNext(log, lane, Object.fromEntries(streams.map((name) => [name, [happened(1)]])));

  const open = async (
    options: Pick<Partial<FollowerOptions>, 'readModel' | 'lanes'> = {},
  ): Promise<Follower> => {
    const { lanes = [lane] } = options;
    const bus = inProcessBus({ clock });
    await createRelay({ lanes, log, bus, clock }).start();
    const process = mortal(options.readModel ?? readModel);
    let dead = false;
    kill = () => {
      dead = true;
      process.kill();
    };
    const opened = createFollower({
      ...{ name: 'policy', lanes, log, bus, clock, readModel: process.port },
      async handle([first]) {
        if (dead) return;
        const failure = sick.get(first?.stream ?? '');
        if (failure) {
          attempts.push(clock.now());
          const act = meanwhile;
          meanwhile = undefined;
          await act?.();
          throw failure;
        }
        handled.push(`${first?.stream}@${first?.id.split(':')[2]}`);
      },
    });
    await opened.start();
    await clock.settle();
    return opened;
  };

  const restart = async (options: Parameters<typeof open>[0] = {}) => {
    await follower.stop();
    follower = await open(options);
  };

  /** As if the process had been killed: nothing is written any more. */
  const crash = async () => {
    kill();
    follower = await open();
  };

  it('stops while more is tried again than may be under way', async () => {
    const streams = Array.from({ length: 300 }, (_, at) => `sku/${at}`);
    for (const stream of streams) sick.set(stream, busy);
    for (const stream of streams) await append(stream);
    await clock.settle();
    let stopped = false;
    void follower.stop().then(() => {
      stopped = true;
    });
    await clock.advance(60_000);
    expect(stopped).toBe(true);
  });

  it('tries again after 0.25, 1, 5, 30, 120 and 600 s, a fifth more or less, then parks', async () => {
    sick.set('sku/A', busy);
    await append('sku/A');
    await clock.advance(2 * 757_000);
    const delays = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(delays).toHaveLength(6);
    for (const [index, wanted] of [250, 1_000, 5_000, 30_000, 120_000, 600_000].entries()) {
      expect(Math.abs((delays[index] ?? 0) - wanted)).toBeLessThanOrEqual(0.2 * wanted + 1);
    }
    expect(await follower.parked()).toMatchObject([
      { stream: 'sku/A', cause: 'Error', reason: 'busy', status: { type: 'parked', attempts: 7 } },
    ]);
  });

  it('never parks what an outage holds up, and goes on soon after its end', async () => {
    sick.set('sku/A', new Overloaded(250));
    await append('sku/A');
    await clock.advance(24 * 3_600_000);
    expect(follower.figures()).toMatchObject({ parked: 0, retrying: 1 });
    sick.set('sku/A', busy);
    await clock.advance(36_000);
    expect(follower.figures()).toMatchObject({ parked: 0, retrying: 1 });
    sick.clear();
    await clock.advance(144_000);
    expect(handled).toEqual(['sku/A@1']);
  });

  it('leaves what waits in another lane to whoever follows that', async () => {
    sick.set('sku/A', busy);
    await append('sku/A');
    await clock.advance(2_000);
    expect(follower.figures()).toMatchObject({ retrying: 1 });
    await restart({ lanes: [{ ...lane, lane: 1 }] });
    expect(follower.figures()).toMatchObject({ retrying: 0 });
  });

  it('draws the delay from the event, so that what failed together does not return together', async () => {
    for (const name of ['sku/A', 'sku/B', 'sku/C']) sick.set(name, busy);
    await append('sku/A', 'sku/B', 'sku/C');
    await clock.advance(400);
    expect(new Set(attempts.slice(3)).size).toBe(3);
  });

  it('applies what succeeds at last, and forgets that it failed', async () => {
    sick.set('sku/A', busy);
    await append('sku/A');
    await append('sku/A');
    await clock.advance(4_000);
    expect(follower.figures()).toMatchObject({ parked: 0, retrying: 2 });
    expect(follower.applied(lane)).toBe(2);
    sick.clear();
    await clock.advance(60_000);
    expect(handled).toEqual(['sku/A@1', 'sku/A@2']);
    expect(follower.figures()).toMatchObject({ parked: 0, retrying: 0 });
    expect(await readModel.range(parkedCollection('policy'), everything)).toEqual([]);
  });

  it('parks at once what cannot succeed; the stream waits behind it, others go on', async () => {
    sick.set('sku/A', new PermanentFailure('no such mapping'));
    await append('sku/A', 'sku/B');
    await clock.settle();
    sick.clear();
    await append('sku/A', 'sku/B');
    await clock.advance(1_000_000);
    expect(handled).toEqual(['sku/B@1', 'sku/B@2']);
    expect(follower.applied(lane)).toBe(2);
    expect((await follower.parked()).map(({ id, status }) => [id, status.type])).toEqual([
      ['inventory:0:1:0', 'parked'],
      ['inventory:0:2:0', 'behind'],
    ]);
  });

  it('keeps what is parked, and the order behind it, over a restart and a crash', async () => {
    sick.set('sku/A', new PermanentFailure('no such mapping'));
    await append('sku/A');
    await append('sku/A');
    await clock.settle();
    const parked = await follower.parked();
    expect(parked).toHaveLength(2);
    sick.clear();
    await crash();
    expect(await follower.parked()).toEqual(parked);
    await append('sku/A');
    await clock.settle();
    await restart();
    expect((await follower.parked()).map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(handled).toEqual([]);
  });

  it('has no position beyond a parked event without its row, however often writing fails', async () => {
    const rowsAtPosition: number[] = [];
    const rowsInWrites: number[] = [];
    const watched: ReadModel = {
      ...readModel,
      async write(documents, positions, urgency) {
        await readModel.write(documents, positions, urgency);
        rowsInWrites.push(documents.length);
        const rows = await readModel.range(parkedCollection('policy'), everything);
        if ((positions[0]?.version ?? 0) >= 1) rowsAtPosition.push(rows.length);
      },
    };
    const plan = failNext({ write: ['before', 'after', 'before'] });
    await restart({ readModel: faultyReadModel(watched, plan) });
    sick.set('sku/A', new PermanentFailure('no such mapping'));
    await append('sku/A');
    await clock.advance(12_000);
    expect((await readModel.position('policy', lane)).version).toBe(1);
    expect(new Set(rowsAtPosition)).toEqual(new Set([1]));
    // Written once, what is written is not carried along.
    await append('sku/B');
    await clock.advance(10_500);
    expect(rowsInWrites.at(-1)).toBe(0);
  });

  it('applies again what a crash left between effect and position', async () => {
    await append('sku/A');
    await clock.settle();
    await crash();
    expect(handled).toEqual(['sku/A@1', 'sku/A@1']);
    await clock.advance(10_500);
    await crash();
    expect(handled).toHaveLength(2);
  });

  it('stops at once while an attempt is waited for, and begins the commit again', async () => {
    sick.set('sku/A', busy);
    await append('sku/A');
    await clock.settle();
    await follower.stop();
    sick.clear();
    follower = await open();
    expect(handled).toEqual(['sku/A@1']);
  });

  describe('an operator', () => {
    beforeEach(async () => {
      sick.set('sku/A', new PermanentFailure('no such mapping'));
      await append('sku/A');
      await append('sku/A', 'sku/B');
      await clock.settle();
      handled = [];
    });

    const replay = (dryRun: boolean) => follower.replay({ filter: all, dryRun, actor: 'ops' });

    it('sees first what a replay would try', async () => {
      const selected = ['inventory:0:1:0', 'inventory:0:2:0'];
      sick.clear();
      expect(await replay(true)).toMatchObject({ selected, replayed: [] });
      expect(handled).toEqual([]);
      expect(await readModel.range(auditCollection('policy'), everything)).toEqual([]);
    });

    it('does not hear that what was given up meanwhile was replayed', async () => {
      meanwhile = () => follower.discard('inventory:0:1:0', 'never mind', 'ops');
      const report = await replay(false);
      expect(report.replayed).toEqual([]);
      expect(report.remaining.map(({ id }) => id)).toEqual(['inventory:0:2:0']);
    });

    it('replays oldest first with those behind, once, and leaves an audit', async () => {
      sick.clear();
      expect((await replay(false)).replayed).toEqual(['inventory:0:1:0', 'inventory:0:2:0']);
      expect((await replay(false)).replayed).toEqual([]);
      expect(handled).toEqual(['sku/A@1', 'sku/A@2']);
      expect(await follower.parked()).toEqual([]);
      await append('sku/A');
      await clock.settle();
      expect(handled).toContain('sku/A@3');
      const audits = await readModel.range(auditCollection('policy'), everything);
      expect(JSON.parse(audits[0]?.body ?? '')).toMatchObject({ type: 'replay', actor: 'ops' });
    });

    it('finds a group by the id of any of its events, and by its cause', async () => {
      for (const filter of [
        { by: 'id', id: 'inventory:0:2:0' },
        { by: 'cause', cause: 'PermanentFailure' },
      ] as const) {
        const report = await follower.replay({ filter, dryRun: true, actor: 'ops' });
        expect(report.selected).toHaveLength(2);
      }
      const filter = { by: 'id', id: 'inventory:0:2:1' } as const;
      expect(await follower.replay({ filter, dryRun: true, actor: 'ops' })).toMatchObject({
        selected: [],
      });
    });

    it('hears what fails again; nothing overtakes it', async () => {
      const report = await replay(false);
      expect(report.replayed).toEqual([]);
      expect(report.remaining).toMatchObject([{ reason: 'no such mapping' }, { reason: '' }]);
      expect(handled).toEqual([]);
    });

    it('gives up a group for a reason; those behind go on by themselves', async () => {
      sick.clear();
      expect(await follower.discard('inventory:0:1:0', 'double of 4711', 'ops')).toBe(true);
      await clock.advance(1);
      expect(handled).toEqual(['sku/A@2']);
      expect(await follower.discard('inventory:0:1:0', 'again', 'ops')).toBe(false);
      const audits = await readModel.range(auditCollection('policy'), everything);
      expect(JSON.parse(audits[0]?.body ?? '')).toMatchObject({
        ...{ type: 'discard', reason: 'double of 4711' },
        parked: { id: 'inventory:0:1:0' },
      });
    });
  });
});
