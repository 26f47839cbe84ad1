/** What /metrics tells of operations. */
import { Counter, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';

/** `unknown`: the document could not be read or is not of the contract. */
export type OperationKind = 'query' | 'mutation' | 'subscription' | 'unknown';

/**
 * @param outcome `ok`, or the first error's code
 * @param durationMs undefined for what was refused before it was begun: it would tell of quick
 *   answers when there are hardly any
 */
export type Observe = (kind: OperationKind, outcome: string, durationMs?: number) => void;

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const createObserve = (registry: Registry<OpenMetricsContentType>): Observe => {
  const operations = new Counter({
    name: 'holdfast_gateway_operations',
    help: 'Operations answered, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'holdfast_gateway_operation_duration_seconds',
    help: 'Time from a read request to its answer, of those that were begun.',
    labelNames: ['kind'],
    buckets: secondsBuckets,
    registers: [registry],
  });
  // Children are kept, because finding one by its labels costs more than counting.
  const counters = new Map<OperationKind, Map<string, Counter.Internal>>();
  const histograms = new Map<string, Histogram.Internal<'kind'>>();
  const counterOf = (kind: OperationKind, outcome: string): Counter.Internal => {
    const ofKind = counters.get(kind) ?? new Map<string, Counter.Internal>();
    counters.set(kind, ofKind);
    const known = ofKind.get(outcome) ?? operations.labels(kind, outcome);
    ofKind.set(outcome, known);
    return known;
  };
  const histogramOf = (kind: OperationKind): Histogram.Internal<'kind'> => {
    const known = histograms.get(kind) ?? durations.labels(kind);
    histograms.set(kind, known);
    return known;
  };
  return (kind, outcome, durationMs) => {
    counterOf(kind, outcome).inc();
    if (durationMs !== undefined) histogramOf(kind).observe(durationMs / 1_000);
  };
};
