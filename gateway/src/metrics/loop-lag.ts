import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

const lookEachMs = 20;
const nanoseconds = 1e-9;

/**
 * An embedded system's gateway has a thread of its own, of whose event loop the figures of the
 * process (`nodejs_eventloop_…`, of the main thread) tell nothing.
 */
export function registerLoopLag(registry: MetricsRegistry): void {
  const looks = monitorEventLoopDelay({ resolution: lookEachMs });
  looks.enable();
  new Gauge({
    name: 'holdfast_gateway_eventloop_lag_p99_seconds',
    help: "How late the event loop of the gateway's thread was, p99 since this was last asked for.",
    registers: [registry],
    collect() {
      // What Node tells is the time between two looks.
      const betweenLooks = looks.count > 0 ? looks.percentile(99) * nanoseconds : 0;
      this.set(Math.max(0, betweenLooks - lookEachMs / 1_000));
      looks.reset();
    },
  });
}
