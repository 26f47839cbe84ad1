import { beforeEach, describe, expect, it } from 'vitest';
import { failSometimes, faultyLog, faultyRows } from '#test/faults.ts';
import { put, type Till, type TillCommand, take, till, tillLane } from '#test/till.ts';
import { pause } from '../clock.ts';
import { type Commit, eventId, type LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { type EventLog, readFrom } from '../log/event-log.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { verifyChain } from '../stored/verify-chain.ts';
import { type Handled, type Lane, LaneStopped, Overloaded } from './lane.ts';

const id: LaneId = { context: 'inventory', lane: 0 };
const names = ['A', 'B', 'C', 'D', 'E', 'F'];
const bounds = { streamsMax: 2, recentOutcomesMax: 2, batchRows: 3, commitCommandsMax: 4 };

/** A stream as the log says, up to a version. */
function folded(commits: readonly Commit[], stream: string, upTo: number): Till {
  let state = till.initial(stream);
  for (const commit of commits) {
    if (commit.version > upTo) break;
    const place = { at: commit.at, actor: 'test', id: () => eventId(commit, 0) };
    for (const entry of commit.entries) {
      if (entry.stream !== stream) continue;
      for (const event of entry.events) state = till.evolve(state, event as never, place);
    }
  }
  return state;
}

describe.each(Array.from({ length: 25 }, (_, seed) => seed))(
  'a lane among faults, seed %i',
  (seed) => {
    let clock: ScriptedClock;
    let log: EventLog;
    let rows: LaneRows;
    let random: () => number;
    let failures: unknown[];

    beforeEach(() => {
      clock = scriptedClock();
      log = inMemoryEventLog();
      rows = inMemoryLaneRows();
      failures = [];
      let state = seed + 1;
      random = () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return state / 2 ** 31;
      };
    });

    const commits = () => Array.fromAsync(readFrom(log, id, 1));

    /** What the rows say is what the log says, and they cover what the checkpoint claims. */
    const checkRows = async () => {
      const all = await commits();
      const checkpoint = await rows.checkpoint(id);
      expect(checkpoint).toBeLessThanOrEqual(all.length);
      for (const name of names) {
        const stream = `till/${name}`;
        const [row] = await rows.streams(id, [stream]);
        const changedAt = all.filter(
          ({ version, entries }) =>
            version <= checkpoint &&
            entries.some((entry) => entry.stream === stream && entry.events.length > 0),
        );
        expect(row?.version ?? 0).toBeGreaterThanOrEqual(changedAt.at(-1)?.version ?? 0);
        if (row) expect(till.decode(row.state)).toEqual(folded(all, stream, row.version));
      }
      const answered = all
        .slice(0, checkpoint)
        .flatMap(({ entries }) =>
          entries.flatMap(({ command }) =>
            command?.key ? [`caller\n${command.type}\n${command.key}`] : [],
          ),
        );
      for (const row of await rows.outcomes(id, answered)) expect(row).toBeDefined();
    };

    /** Each call takes its time, and what it read may be old when it answers. */
    const slowRows = (): LaneRows => {
      const faults = failSometimes(seed, 0.2);
      const faulty = faultyRows(rows, (call) => (call === 'write' ? faults(call) : undefined));
      const slow = async () => pause(clock, Math.floor(random() * 40));
      return {
        ...rows,
        async streams(lane, wanted) {
          const found = await rows.streams(lane, wanted);
          await slow();
          return found;
        },
        async outcomes(lane, wanted) {
          const found = await rows.outcomes(lane, wanted);
          await slow();
          return found;
        },
        async write(lane, batch) {
          await slow();
          await faulty.write(lane, batch);
          // Not thrown here: the lane would take it for a fault of the store.
          await checkRows().catch((failure: unknown) => failures.push(failure));
        },
      };
    };

    const slowLog = (): EventLog => {
      const faulty = faultyLog(log, failSometimes(seed + 100, 0.1));
      return {
        ...log,
        async append(commit) {
          await pause(clock, Math.floor(random() * 10));
          return faulty.append(commit);
        },
      };
    };

    const open = (): Lane<TillCommand> => {
      const onFailure = (failure: unknown) => failures.push(failure);
      const lane = tillLane({ log: slowLog(), rows: slowRows(), clock, onFailure, bounds });
      lane.start().catch(onFailure);
      return lane;
    };

    /** In steps: what is checked on the way takes more promises than one lets settle. */
    const halfAMinute = async () => {
      for (let second = 0; second < 30; second += 1) await clock.advance(1_000);
    };

    type Answer = { readonly key: string; readonly handled: Handled<number> };

    it('answers once and for all, and its rows never say more or less than its log', async () => {
      const answers: Answer[] = [];
      let lane = open();
      const ask = async (key: number) => {
        const name = names[key % names.length]!;
        const command = key % 3 === 0 ? put(name, 3, `k${key}`) : take(name, 1, `k${key}`);
        for (;;) {
          try {
            const handled = await lane.handle(command, (view) => view.get(till, name).units);
            expect(handled.shown).toBeGreaterThanOrEqual(0);
            answers.push({ key: `k${key}`, handled });
            return;
          } catch (failure) {
            if (!(failure instanceof LaneStopped || failure instanceof Overloaded)) throw failure;
            await pause(clock, 50);
          }
        }
      };
      const asking: Promise<void>[] = [];
      for (let count = 0; count < 160; count += 1) {
        // Some ask again what was asked before, long ago or just now.
        asking.push(ask(Math.floor(random() * (count + 1))));
        if (random() < 0.5) await clock.advance(Math.floor(random() * 60));
        if (count % 50 === 49) {
          let stopped = false;
          void lane.stop().then(() => {
            stopped = true;
          });
          await halfAMinute();
          expect(stopped, 'the stop has ended').toBe(true);
          lane = open();
        }
      }
      let answered = false;
      void Promise.all(asking).then(() => {
        answered = true;
      });
      await clock.advance(60_000);
      expect(answered, 'all have heard an answer').toBe(true);
      await checkRows();
      expect(failures).toEqual([]);
      expect(lane.figures().conflicts).toBe(0);

      const all = await commits();
      expect((await verifyChain(id, all)).breach).toBeUndefined();
      const logged = new Map<string, unknown>();
      for (const { command, outcome } of all.flatMap(({ entries }) => entries)) {
        if (command?.key === undefined) continue;
        expect(logged.has(command.key), `${command.key} decided twice`).toBe(false);
        logged.set(command.key, outcome);
      }
      for (const { key, handled } of answers) expect(handled.outcome).toEqual(logged.get(key));
      for (const name of names) {
        const shown = lane.read([`till/${name}`], (view) => ({ ...view.get(till, name) }));
        await clock.advance(100);
        expect(await shown).toEqual(folded(all, `till/${name}`, all.length));
      }
    });

    it('takes no row in the middle of a commit, however busy one stream is', async () => {
      const lane = open();
      const customers = Array.from({ length: 8 }, async (_, customer) => {
        for (let round = 0; round < 20; round += 1) {
          await lane.handle(put('A', 1, `k${customer}-${round}`), () => undefined);
        }
      });
      await clock.advance(120_000);
      await Promise.all(customers);
      await checkRows();
      expect(failures).toEqual([]);
    });
  },
);
