import { describe, expect, it } from 'vitest';
import type { CommandRecord, LaneId } from '../commit.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { keepOutcomeMs, outcomeId, outcomesOf } from './outcomes.ts';

const lane: LaneId = { context: 'orders', lane: 0 };
const hourMs = 3_600_000;
const record = (key: string, type = 'ReserveStock'): CommandRecord => ({
  ...{ type, by: 'caller', actor: 'storefront', key, input: `hash of ${key}` },
});
const accepted = { accepted: null };

describe('outcomes', () => {
  it('are kept 24 hours, those of orders 7 days', () => {
    expect(keepOutcomeMs('ReserveStock')).toBe(24 * hourMs);
    expect(keepOutcomeMs('PlaceOrder')).toBe(7 * 24 * hourMs);
    expect(keepOutcomeMs('CancelOrder')).toBe(7 * 24 * hourMs);
    expect(keepOutcomeMs('RecordPayment')).toBe(7 * 24 * hourMs);
  });

  it('are found until they are to be forgotten, and not a moment longer', () => {
    const outcomes = outcomesOf(lane, inMemoryLaneRows(), 10);
    outcomes.keep(record('k1'), accepted, 1, 1_000);
    const id = outcomeId(record('k1'));
    expect(outcomes.find(id, 1_000 + 24 * hourMs - 1)).toMatchObject({ outcome: accepted });
    expect(outcomes.find(id, 1_000 + 24 * hourMs)).toBe('absent');
  });

  it('belong to a caller, a mutation and a key', () => {
    const outcomes = outcomesOf(lane, inMemoryLaneRows(), 10);
    outcomes.keep(record('k1'), accepted, 1, 0);
    for (const other of [
      record('k2'),
      record('k1', 'PlaceOrder'),
      { ...record('k1'), by: 'another' },
    ]) {
      expect(outcomes.find(outcomeId(other), 0)).toBe('unknown');
    }
  });

  it('are not known to be absent before all ids were read from the rows', async () => {
    const clock = scriptedClock();
    const rows = inMemoryLaneRows();
    const earlier = outcomesOf(lane, rows, 10);
    earlier.keep(record('k1'), accepted, 1, clock.now());
    await rows.write(lane, { streams: [], outcomes: earlier.unwritten(1, 10), checkpoint: 1 });
    const outcomes = outcomesOf(lane, rows, 10);
    expect(outcomes.find(outcomeId(record('k2')), clock.now())).toBe('unknown');
    await outcomes.fillFilter(clock, () => false);
    expect(outcomes.find(outcomeId(record('k2')), clock.now())).toBe('absent');
    expect(outcomes.find(outcomeId(record('k1')), clock.now())).toBe('unknown');
    await outcomes.load([outcomeId(record('k1'))]);
    expect(outcomes.find(outcomeId(record('k1')), clock.now())).toMatchObject({ version: 1 });
  });

  it('that were looked for in vain are remembered within a bound', async () => {
    const outcomes = outcomesOf(lane, inMemoryLaneRows(), 10);
    for (let looked = 0; looked < 12; looked += 1) {
      await outcomes.load([`k${looked}`]);
      expect(outcomes.find(`k${looked}`, 0)).toBe('absent');
    }
    expect(outcomes.find('k0', 0)).toBe('unknown');
  });

  it('are written only when durable, and leave memory only when written', () => {
    const outcomes = outcomesOf(lane, inMemoryLaneRows(), 1);
    for (const version of [1, 2, 3]) outcomes.keep(record(`k${version}`), accepted, version, 0);
    const batch = outcomes.unwritten(2, 10);
    expect(batch.map(({ version }) => version)).toEqual([1, 2]);
    expect(outcomes.oldestUnwritten()).toBe(1);
    const inMemory = ['k1', 'k2', 'k3'].map((key) => outcomes.find(outcomeId(record(key)), 0));
    expect(inMemory).toMatchObject([{ version: 1 }, { version: 2 }, { version: 3 }]);
    outcomes.written(batch);
    expect(outcomes.oldestUnwritten()).toBe(3);
    expect(outcomes.find(outcomeId(record('k3')), 0)).toMatchObject({ version: 3 });
    expect(outcomes.find(outcomeId(record('k1')), 0)).toBe('unknown');
  });
});
