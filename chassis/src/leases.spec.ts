import { breakableTable } from '../test/breakable-table.ts';
import { createLeases } from './create-leases.ts';
import { leasesContract } from './leases.contract.ts';
import { inProcessLeaseTable } from './leases.in-process.ts';
import { leaseRenewMs, leaseTtlMs } from './leases.ts';
import { scriptedClock } from './scripted-clock.ts';

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
