/** What /metrics tells of appends: how long they take, and what is in them. */
import type { Commit } from '@holdfast/chassis/commit';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import type { MetricsRegistry } from '@holdfast/gateway/metrics';
import { Counter, Histogram } from 'prom-client';

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const countersOf = (registry: MetricsRegistry) => {
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly ('context' | Label)[],
  ) => new Counter({ name: `holdfast_${name}`, help, labelNames, registers: [registry] });
  const of = ['context'] as const;
  return {
    commits: counter('lane_commits', 'Commits that this process appended.', of),
    commands: counter('lane_commands', 'Commands in them, by how they ended.', [...of, 'outcome']),
    conflicts: counter('lane_append_conflicts', 'Appends that found their version taken.', of),
    failures: counter('store_append_failures', 'Appends whose outcome is unknown.', of),
  };
};

function outcomesOf({ entries }: Commit) {
  let accepted = 0;
  let rejected = 0;
  for (const { command, outcome } of entries) {
    if (command === undefined) continue;
    if (outcome && 'rejected' in outcome) rejected += 1;
    else accepted += 1;
  }
  return { accepted, rejected };
}

/**
 * Measures any number of logs under the same names.
 * @param nowMs monotonic
 */
export function measuringLogs(
  registry: MetricsRegistry,
  nowMs: () => number,
): (log: EventLog) => EventLog {
  const { commits, commands, conflicts, failures } = countersOf(registry);
  const durations = new Histogram({
    name: 'holdfast_store_append_duration_seconds',
    help: 'Time until an append was durable, or found its version taken.',
    labelNames: ['context'],
    buckets: secondsBuckets,
    registers: [registry],
  });
  return (log) => ({
    ...log,
    async append(commit) {
      const { context } = commit;
      const startedAt = nowMs();
      try {
        const result = await log.append(commit);
        durations.observe({ context }, (nowMs() - startedAt) / 1_000);
        if (result === 'taken') {
          conflicts.inc({ context });
          return result;
        }
        const { accepted, rejected } = outcomesOf(commit);
        commits.inc({ context });
        commands.inc({ context, outcome: 'accepted' }, accepted);
        commands.inc({ context, outcome: 'rejected' }, rejected);
        return result;
      } catch (failure) {
        failures.inc({ context });
        throw failure;
      }
    },
  });
}
