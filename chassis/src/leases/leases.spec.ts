import { expect, it } from 'vitest';
import { breakableTable } from '#test/breakable-table.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { createLeases } from './create-leases.ts';
import { leasesContract } from './leases.contract.ts';
import { inProcessLeaseTable } from './leases.in-process.ts';
import { leaseRenewMs, leaseTtlMs } from './leases.ts';

leasesContract('in process', async () => {
  const clock = scriptedClock();
  const table = inProcessLeaseTable(clock, leaseTtlMs);
  return {
    ...{ ttlMs: leaseTtlMs, renewMs: leaseRenewMs, pass: clock.advance },
    async process() {
      const way = breakableTable(table);
      const leases = createLeases({ table: way.table, clock, renewMs: leaseRenewMs });
      return { leases, cut: way.cut, heal: way.heal, end: way.cut };
    },
    close: async () => {},
  };
});

it('a lease goes to the next one in time, though its row is still there', async () => {
  const clock = scriptedClock();
  // A broker ends rows late.
  const late = inProcessLeaseTable(clock, 2 * leaseTtlMs);
  const table = { ...late, ttlMs: leaseTtlMs };
  const way = breakableTable(table);
  const one = createLeases({ table: way.table, clock, renewMs: leaseRenewMs });
  const other = createLeases({ table, clock, renewMs: leaseRenewMs });
  await other.tryHold('orders.01');
  const lease = await one.tryHold('inventory.07');
  way.cut();
  await clock.advance(leaseTtlMs - 1);
  expect(await other.tryHold('inventory.07')).toBeUndefined();
  // Whatever is heard says that others are heard, too.
  await clock.advance(leaseRenewMs);
  expect(lease?.holds()).toBe(false);
  expect(await other.tryHold('inventory.07')).toBeDefined();
});
