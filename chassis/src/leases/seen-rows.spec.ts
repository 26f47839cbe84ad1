import { expect, it } from 'vitest';
import { breakableTable } from '#test/breakable-table.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { inProcessLeaseTable } from './leases.in-process.ts';
import { seenRows } from './seen-rows.ts';

const ttlMs = 5_000;

it('nobody is known to have gone while nothing is heard, nor at once afterwards', async () => {
  const clock = scriptedClock();
  const shared = inProcessLeaseTable(clock, 12 * ttlMs);
  const way = breakableTable(shared);
  for (const id of ['stays', 'goes', 'self']) {
    for (const key of [`member.${id}`, `pulse.${id}`]) await shared.put(key, id, 0);
  }
  const rows = seenRows({ table: way.table, clock, ttlMs, renewMs: 1_000 });
  const all = rows.keys('member.');
  expect(all).toHaveLength(3);

  way.cut();
  await clock.advance(4 * ttlMs);
  expect(rows.keys('member.')).toEqual(all);

  way.heal();
  await shared.put('pulse.self', 'self', (await shared.get('pulse.self'))?.revision ?? 0);
  await clock.advance(1_000);
  expect(rows.keys('member.')).toEqual(all);
  await shared.put('pulse.stays', 'stays', (await shared.get('pulse.stays'))?.revision ?? 0);
  for (let beats = 0; beats < 6; beats += 1) {
    await clock.advance(1_000);
    for (const id of ['self', 'stays']) {
      await shared.put(`pulse.${id}`, id, (await shared.get(`pulse.${id}`))?.revision ?? 0);
    }
  }
  expect([...rows.keys('member.')].sort()).toEqual(['member.self', 'member.stays']);
  rows.stop();
});
