import { expect, it } from 'vitest';
import { breakableTable } from '#test/breakable-table.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { createLeases } from './create-leases.ts';
import { leasesContract } from './leases.contract.ts';
import { inProcessLeaseTable } from './leases.in-process.ts';
import { leaseRenewMs, leaseRowMs, leaseTtlMs } from './leases.ts';

const times = { ttlMs: leaseTtlMs, renewMs: leaseRenewMs };

leasesContract('in process', async () => {
  const clock = scriptedClock();
  const table = inProcessLeaseTable(clock, leaseRowMs);
  return {
    ...{ ...times, pass: clock.advance },
    async process() {
      const way = breakableTable(table);
      const leases = createLeases({ table: way.table, clock, ...times });
      return { leases, cut: way.cut, heal: way.heal, end: way.cut };
    },
    close: async () => {},
  };
});

const opened = () => {
  const clock = scriptedClock();
  const table = inProcessLeaseTable(clock, leaseRowMs);
  const way = breakableTable(table);
  const one = createLeases({ table: way.table, clock, ...times });
  const other = createLeases({ table, clock, ...times });
  return { clock, table, way, one, other };
};

it('a lease goes to the next one once its holder is silent, its rows still there', async () => {
  const { clock, way, one, other } = opened();
  await other.tryHold('orders.01');
  const lease = await one.tryHold('inventory.07');
  way.cut();
  await clock.advance(leaseTtlMs - 1);
  expect(await other.tryHold('inventory.07')).toBeUndefined();
  await clock.advance(1);
  expect(lease?.holds()).toBe(false);
  expect(await other.tryHold('inventory.07')).toBeDefined();
});

it('a holder whose pulse was taken away has lost all its leases', async () => {
  const { clock, table, one, other } = opened();
  const leases = await Promise.all(['inventory.07', 'inventory.08'].map(one.tryHold));
  const { holder } = (await table.get('lease.inventory.07')) ?? { holder: 'nobody' };
  const { revision } = (await table.get(`pulse.${holder}`)) ?? { revision: 0 };
  await table.remove(`pulse.${holder}`, revision);
  expect(await other.tryHold('inventory.07')).toBeDefined();
  await clock.advance(leaseRenewMs);
  expect(leases.map((lease) => lease?.holds())).toEqual([false, false]);
  // It begins anew, with what nobody has taken.
  expect(await one.tryHold('inventory.07')).toBeUndefined();
  expect(await one.tryHold('inventory.08')).toBeDefined();
});

it('a pulse whose renewals nobody has seen is waited for, not believed for ever', async () => {
  const { clock, table, way, one } = opened();
  await one.tryHold('inventory.07');
  const deaf = createLeases({ table: { ...table, watch: () => () => {} }, clock, ...times });
  expect(await deaf.tryHold('inventory.07')).toBeUndefined();
  await clock.advance(3 * leaseTtlMs);
  expect(await deaf.tryHold('inventory.07')).toBeUndefined();
  way.cut();
  await clock.advance(leaseTtlMs - 1);
  expect(await deaf.tryHold('inventory.07')).toBeUndefined();
  await clock.advance(leaseTtlMs);
  expect(await deaf.tryHold('inventory.07')).toBeDefined();
});

it('an idle process writes its pulse, and the rest seldom', async () => {
  const { clock, table, one } = opened();
  const written: string[] = [];
  table.watch((key) => void written.push(key.split('.')[0] ?? ''));
  for (let lane = 0; lane < 16; lane += 1) await one.tryHold(`inventory.${lane}`);
  await one.join('inventory');
  written.length = 0;
  await clock.advance(leaseRowMs);
  const count = (kind: string) => written.filter((each) => each === kind).length;
  expect([count('pulse'), count('lease'), count('member')]).toEqual([120, 48, 3]);
});

it('a process can stop while it is not known whether its pulse has begun', async () => {
  const { clock, table } = opened();
  const put = Promise.withResolvers<number>();
  const leases = createLeases({ table: { ...table, put: () => put.promise }, clock, ...times });
  const asked = leases.tryHold('inventory.07').catch(() => undefined);
  const stopping = leases.stop();
  put.reject(new Error('cut'));
  await expect(asked).resolves.toBeUndefined();
  await expect(stopping).resolves.toBeUndefined();
});

it('who comes back from an outage has at once what nobody has taken', async () => {
  const { clock, way, one } = opened();
  const lease = await one.tryHold('inventory.07');
  way.cut();
  await clock.advance(10 * leaseTtlMs);
  expect(lease?.holds()).toBe(false);
  expect(await one.tryHold('inventory.07').catch(() => 'not known')).toBe('not known');
  way.heal();
  expect((await one.tryHold('inventory.07'))?.holds()).toBe(true);
});
