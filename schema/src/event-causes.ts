/** What led to an event, as its envelope tells it to others (DESIGN 3). */
import { asTraceparent, traceIdOf } from './tracing.ts';

export type EventCauses = {
  /** The request that it began with; its trace's id where that is recorded. */
  readonly correlationid?: string;
  /** Of the recorded trace (CloudEvents' extension for distributed tracing). */
  readonly traceparent?: string;
  /** The event that caused it. */
  readonly causationid?: string;
};

/** @param command what its commit records of the command */
export function causesOf(
  command: { readonly trace?: string; readonly cause?: string } | undefined,
): EventCauses {
  const { trace, cause } = command ?? {};
  const traceparent = asTraceparent(trace);
  return {
    ...(trace !== undefined && { correlationid: traceIdOf(trace) }),
    ...(traceparent !== undefined && { traceparent }),
    ...(cause !== undefined && { causationid: cause }),
  };
}
