/** Everything by which a process is watched: its traces, and what its /metrics tells. */
import type { Bus } from '@holdfast/chassis/bus';
import type { ContextFigures } from '@holdfast/chassis/context-figures';
import type { EventLog } from '@holdfast/chassis/event-log';
import { tracedBus, tracedLog } from '@holdfast/chassis/traced-commits';
import { createRegistry, type MetricsRegistry } from '@holdfast/gateway/app';
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import { Counter } from 'prom-client';
import { measuredBus } from './bus-metrics.ts';
import { registerContexts } from './context-metrics.ts';
import { measuredLog } from './log-metrics.ts';

/** What became of this process's lease of a lane. */
export type LeaseChange = 'taken' | 'lost' | 'given';

export type Watch = {
  readonly tracing: Tracing;
  readonly registry: MetricsRegistry;
  /** Of one log and one bus: what they measure is registered once. */
  log(log: EventLog): EventLog;
  bus(bus: Bus): Bus;
  context(figures: () => ContextFigures): void;
  leaseChanged(context: string, change: LeaseChange): void;
};

export function createWatch(tracing: Tracing = noTracing): Watch {
  const registry = createRegistry();
  const contexts: (() => ContextFigures)[] = [];
  const leases = new Counter({
    name: 'holdfast_lease_changes',
    help: "Lanes that became this process's, and that ceased to be.",
    labelNames: ['context', 'change'],
    registers: [registry],
  });
  let published: Parameters<typeof registerContexts>[1]['published'] = () => undefined;
  registerContexts(registry, {
    contexts: () => contexts.map((figures) => figures()),
    published: (lane) => published(lane),
    now: Date.now,
  });
  return {
    tracing,
    registry,
    log: (log) => measuredLog(tracedLog(log, tracing), registry, () => performance.now()),
    bus: (bus) => {
      const measured = measuredBus(tracedBus(bus, tracing), registry);
      published = measured.published;
      return measured.bus;
    },
    context: (figures) => void contexts.push(figures),
    leaseChanged: (context, change) => leases.inc({ context, change }),
  };
}
