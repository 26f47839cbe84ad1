/** Everything that /metrics tells, in OpenMetrics text. */
import { collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import type { LiveMetrics } from '../live-door.ts';

export type MetricsRegistry = Registry<OpenMetricsContentType>;

/** @param what without the process itself where another thread tells of that */
export const createRegistry = (what: 'all' | 'without the process' = 'all'): MetricsRegistry => {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  if (what === 'all') collectDefaultMetrics({ register: registry });
  return registry;
};

/** Read when /metrics is asked for. */
export type Readings = {
  inFlight(): number;
  preparedCount(): number;
  live(): LiveMetrics;
  loopLagP99Seconds(): number;
};

const liveHelp: Readonly<Record<keyof LiveMetrics, string>> = {
  sockets: 'Open WebSockets and event streams.',
  subscriptions: 'Live operations of clients.',
  upstreams: 'Subscriptions at subgraphs, which clients share.',
  executions: 'Events executed since the start.',
  deliveries: 'Messages sent to clients since the start.',
  conflated: 'Messages replaced by a newer one before they were sent, since the start.',
  slowClientsClosed: 'Clients closed because they did not keep up, since the start.',
};

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

export const registerReadings = (registry: MetricsRegistry, readings: Readings): void => {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `holdfast_gateway_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('in_flight', 'Operations being answered now.', readings.inFlight);
  gauge(
    'eventloop_lag_p99_seconds',
    "How late the event loop of the gateway's thread was, p99 since this was last asked for.",
    readings.loopLagP99Seconds,
  );
  gauge('prepared_documents', 'Documents kept with their plans.', readings.preparedCount);
  for (const name of ['sockets', 'subscriptions', 'upstreams', 'executions'] as const) {
    gauge(`live_${name}`, liveHelp[name], () => readings.live()[name]);
  }
  for (const name of ['deliveries', 'conflated', 'slowClientsClosed'] as const) {
    gauge(`live_${snakeCase(name)}`, liveHelp[name], () => readings.live()[name]);
  }
};
