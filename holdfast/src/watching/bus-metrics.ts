/** What /metrics tells of the way from a log to the bus. */
import { type Bus, versionOfMessage } from '@holdfast/chassis/bus/bus';
import { type LaneId, laneKey } from '@holdfast/chassis/commit';
import type { MetricsRegistry } from '@holdfast/gateway/metrics';
import { Counter } from 'prom-client';

export type MeasuringBuses = {
  measured(bus: Bus): Bus;
  /** The newest version that this process has brought there; undefined when it has none. */
  published(lane: LaneId): number | undefined;
};

/** Measures any number of buses under the same names. */
export function measuringBuses(registry: MetricsRegistry): MeasuringBuses {
  const failures = new Counter({
    name: 'holdfast_relay_publish_failures',
    help: 'Commits that have to be sent to the bus again.',
    labelNames: ['context'],
    registers: [registry],
  });
  const versions = new Map<string, number>();
  return {
    measured: (bus) => ({
      ...bus,
      async publish(message) {
        try {
          await bus.publish(message);
        } catch (failure) {
          failures.inc({ context: message.commit.context });
          throw failure;
        }
        const lane = laneKey(message.commit);
        versions.set(lane, Math.max(versions.get(lane) ?? 0, versionOfMessage(message.id)));
      },
    }),
    published: (lane) => versions.get(laneKey(lane)),
  };
}
