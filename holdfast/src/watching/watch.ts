/** Everything by which a process is watched: its traces, and what its /metrics tells. */
import type { Bus } from '@holdfast/chassis/bus/bus';
import type { Leases } from '@holdfast/chassis/leases/leases';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import type { ContextFigures } from '@holdfast/chassis/owning/context-figures';
import { tracedBus, tracedLog } from '@holdfast/chassis/tracing/traced-commits';
import { createRegistry, type MetricsRegistry } from '@holdfast/gateway/metrics';
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import { Counter } from 'prom-client';
import { measuringBuses } from './bus-metrics.ts';
import { registerContexts } from './context-metrics.ts';
import { measuringLogs } from './log-metrics.ts';

export type Watch = {
  readonly tracing: Tracing;
  readonly registry: MetricsRegistry;
  log(log: EventLog): EventLog;
  bus(bus: Bus): Bus;
  context(figures: () => ContextFigures): void;
  leases(leases: Leases): Leases;
};

export function createWatch(tracing: Tracing = noTracing): Watch {
  const registry = createRegistry();
  const contexts: (() => ContextFigures)[] = [];
  const leaseChanges = new Counter({
    name: 'holdfast_lease_changes',
    help: "Lanes that became this process's, and that ceased to be.",
    labelNames: ['change'],
    registers: [registry],
  });
  const measuredLog = measuringLogs(registry, () => performance.now());
  const { measured: measuredBus, published } = measuringBuses(registry);
  registerContexts(registry, {
    contexts: () => contexts.map((figures) => figures()),
    published,
    now: Date.now,
  });
  return {
    tracing,
    registry,
    log: (log) => measuredLog(tracedLog(log, tracing)),
    bus: (bus) => measuredBus(tracedBus(bus, tracing)),
    context: (figures) => void contexts.push(figures),
    leases: (leases) => ({
      ...leases,
      async tryHold(name) {
        const lease = await leases.tryHold(name);
        if (lease === undefined) return undefined;
        leaseChanges.inc({ change: 'taken' });
        void lease.lost.then(() => leaseChanges.inc({ change: 'ended' }));
        return lease;
      },
    }),
  };
}
