import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { put, till, tillLane } from '#test/till.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { type Bus, logSubject } from '../bus/bus.ts';
import { type LaneId, recordedEvents } from '../commit.ts';
import { createFollower } from '../following/follower.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { type EventLog, readFrom } from '../log/event-log.ts';
import { createProjector } from '../projecting/projector.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import { createRelay } from '../relay/relay.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { verifyChain } from '../stored/verify-chain.ts';

const id: LaneId = { context: 'inventory', lane: 0 };

describe('a commit without entries, as a takeover appends it', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let bus: Bus;

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    bus = inProcessBus({ clock });
  });

  const appendFourOfWhichTwoAreEmpty = async () => {
    await appendNext(log, id, {});
    await appendNext(log, id, { 'till/A': [happened(1)] });
    await appendNext(log, id, {});
    await appendNext(log, id, { 'till/A': [happened(2)] });
  };

  it('keeps the chain and has no events', async () => {
    await appendFourOfWhichTwoAreEmpty();
    const commits = await Array.fromAsync(readFrom(log, id, 1));
    expect((await verifyChain(id, commits)).breach).toBeUndefined();
    expect(commits.map((commit) => [...recordedEvents(commit)].length)).toEqual([0, 1, 0, 1]);
  });

  it('goes over the bus, and all who follow go past it', async () => {
    const seen: number[] = [];
    bus.consume({
      ...{ consumer: 'test', subjects: [logSubject(id)], pendingMax: 1_000 },
      deliver(delivery) {
        seen.push(delivery.commit.version);
        delivery.ack();
      },
    });
    const readModel = inMemoryReadModel();
    const handled: string[] = [];
    const following = { lanes: [id], log, bus, readModel, clock };
    const parts = [
      createRelay({ lanes: [id], log, bus, clock }),
      createProjector<number>({
        ...following,
        projection: {
          ...{ name: 'count', collections: ['counts'] },
          keysOf: ({ stream }) => [{ collection: 'counts', id: stream }],
          evolve: (count = 0) => count + 1,
        },
      }),
      createFollower({
        ...{ ...following, name: 'policy' },
        async handle(events) {
          handled.push(...events.map((recorded) => recorded.id));
        },
      }),
    ] as const;
    for (const part of parts) await part.start();
    await appendFourOfWhichTwoAreEmpty();
    await clock.advance(1_000);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(handled).toEqual(['inventory:0:2:0', 'inventory:0:4:0']);
    expect(await parts[1].read('counts', ['till/A'])).toEqual([2]);
    expect(parts[1].figures()).toMatchObject({ behind: 0 });
    expect(parts[2].figures()).toMatchObject({ behind: 0 });
    for (const part of parts) await part.stop();
  });

  it('is folded like any other, also right after the checkpoint', async () => {
    const rows = inMemoryLaneRows();
    const onFailure = (failure: unknown) => {
      throw failure;
    };
    const held = { holds: () => true };
    for (const round of [1, 2, 3]) {
      const lane = tillLane({ log, rows, clock, onFailure, lease: () => held });
      await lane.start();
      await lane.handle(put('A', 1), () => undefined);
      const shown = await lane.read(['till/A'], (view) => view.get(till, 'A').units);
      expect(shown).toBe(round);
      await lane.flush();
      await lane.stop();
      expect(await rows.checkpoint(id)).toBe(2 * round);
    }
  });
});
