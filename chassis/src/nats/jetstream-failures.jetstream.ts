/** What a failure of JetStream says. */
import { JetStreamApiError } from '@nats-io/jetstream';
import { RequestError } from '@nats-io/transport-node';

/** The client wraps some failures in one of its own. */
const withCause = (failure: unknown): readonly unknown[] =>
  failure instanceof Error ? [failure, failure.cause] : [failure];

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export const isCode = (failure: unknown, code: number): boolean =>
  withCause(failure).some((one) => one instanceof JetStreamApiError && one.code === code);

/** Nobody takes what was sent: there is no such stream, or for a moment no leader of it. */
export const isStreamGone = (failure: unknown): boolean =>
  withCause(failure).some((one) => one instanceof RequestError && one.isNoResponders());
