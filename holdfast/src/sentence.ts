/** Failures that the user can do something about, as one line. */
import { StoreCorrupt } from '@holdfast/chassis/log/event-log';
import { BadNatsAddress } from '@holdfast/chassis/nats/nats-address';
import { restoreIt, StoreFailure } from '@holdfast/chassis/store-failure';
import { Refused } from './refused.ts';

/** True for what ends with exit code 1 and one line. */
export const isRefusal = (failure: unknown): failure is Error =>
  [Refused, StoreFailure, StoreCorrupt, BadNatsAddress].some(
    (refusal) => failure instanceof refusal,
  ) ||
  // By its name: its class comes with the driver, which an embedded system does not load.
  (failure instanceof Error && failure.name === 'NatsRefused');

export function sentenceOf(failure: unknown): string {
  if (failure instanceof StoreCorrupt) {
    return `The store is damaged: ${failure.message}; ${restoreIt}.`;
  }
  const text = failure instanceof Error ? failure.message : String(failure);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
