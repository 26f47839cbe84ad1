/** Traces, when the environment names where they go. */
import type { Tracing } from '@holdfast/schema/tracing';
import { Refused } from './refused.ts';

/** @throws Refused */
export async function openTracing(given: NodeJS.ProcessEnv): Promise<Tracing | undefined> {
  if (!given.OTEL_EXPORTER_OTLP_ENDPOINT && !given.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) {
    return undefined;
  }
  // Loaded by those alone who want it: it is as large as all else that is ours.
  const adapter = await import('@holdfast/chassis/tracing/tracing.opentelemetry');
  try {
    return adapter.openTracing(given);
  } catch (failure) {
    if (failure instanceof adapter.WrongTracing) throw new Refused(failure.message);
    throw failure;
  }
}
