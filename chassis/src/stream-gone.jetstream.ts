import { RequestError } from '@nats-io/transport-node';

const isUnheard = (failure: unknown): boolean =>
  failure instanceof RequestError && failure.isNoResponders();

/** Nobody takes what was sent: there is no such stream, or for a moment no leader of it. */
export const isStreamGone = (failure: unknown): boolean =>
  isUnheard(failure) || (failure instanceof Error && isUnheard(failure.cause));
