import { expect, it } from 'vitest';
import { breakableTable } from '#test/breakable-table.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { inProcessLeaseTable } from './leases.in-process.ts';
import { seenRows } from './seen-rows.ts';

const ttlMs = 5_000;

it('nobody is known to have gone while nothing is heard, nor at once afterwards', async () => {
  const clock = scriptedClock();
  const shared = inProcessLeaseTable(clock, ttlMs);
  const way = breakableTable(shared);
  for (const key of ['member.stays', 'member.goes', 'member.self']) await shared.put(key, 'x', 0);
  const rows = seenRows({ table: way.table, clock });
  const all = rows.keys('');
  expect(all).toHaveLength(3);

  way.cut();
  await clock.advance(4 * ttlMs);
  expect(rows.keys('')).toEqual(all);

  way.heal();
  await shared.put('member.self', 'x', 0);
  await clock.advance(1_000);
  expect(rows.keys('')).toEqual(all);
  await shared.put('member.stays', 'x', 0);
  for (let beats = 0; beats < 6; beats += 1) {
    await clock.advance(1_000);
    for (const key of ['member.self', 'member.stays']) {
      await shared.put(key, 'x', (await shared.get(key))?.revision ?? 0);
    }
  }
  expect([...rows.keys('')].sort()).toEqual(['member.self', 'member.stays']);
  rows.stop();
});
