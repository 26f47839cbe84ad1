import { describeWith } from '@holdfast/test-servers/describe-with';
import { expect, it, vi } from 'vitest';
import { breakableTable } from '#test/breakable-table.ts';
import { openLink, passReally, removeStreams } from '#test/jetstream.ts';
import { systemClock } from '../clock.ts';
import { createLeases } from './create-leases.ts';
import { leasesContract } from './leases.contract.ts';
import { jetStreamLeaseTable } from './leases.jetstream.ts';

describeWith(['nats'], 'leases on a real NATS', ({ natsUrl }) => {
  // As in a running system, but three times as fast.
  const ttlMs = 1_500;
  const renewMs = 450;

  leasesContract('JetStream', async () => {
    const clock = systemClock();
    const first = await openLink(natsUrl());
    const prefix = first.named('').slice(0, -1);
    const links = [first];
    const ends: (() => Promise<void>)[] = [];
    return {
      ...{ ttlMs, renewMs, pass: passReally },
      async process() {
        const link = await openLink(natsUrl(), prefix);
        links.push(link);
        const way = breakableTable(await jetStreamLeaseTable({ link, clock, replicas: 1 }));
        const leases = createLeases({ table: way.table, clock, ttlMs, renewMs });
        ends.push(() => leases.stop());
        return { leases, cut: way.cut, heal: way.heal, end: way.cut };
      },
      async close() {
        await Promise.all(ends.map((end) => end()));
        await removeStreams(first);
        await Promise.all(links.map((link) => link.close()));
      },
    };
  });

  it('tells a process of its own contexts alone', async () => {
    const link = await openLink(natsUrl());
    const options = { link, clock: systemClock(), replicas: 1 } as const;
    const table = await jetStreamLeaseTable({ ...options, contexts: ['inventory', 'orders'] });
    const heard = new Set<string>();
    const stop = table.watch((key) => void heard.add(key));
    const told = ['lease.inventory.7', 'member.inventory.a', 'member.orders.b', 'pulse.a'];
    for (const key of ['lease.erp.7', 'member.erp.inventory', ...told]) {
      await table.put(key, 'a', 0);
    }
    await vi.waitFor(() => expect([...heard].sort()).toEqual(told));
    stop();
    await removeStreams(link);
    await link.close();
  });
});
