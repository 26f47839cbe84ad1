/** Failures that say nothing about what was asked: only that nobody could do it just now. */
import { LaneStopped, Overloaded } from '../lane/lane.ts';
import { StoreAway } from '../store-failure.ts';

export const isPassing = (failure: unknown): boolean =>
  failure instanceof Overloaded || failure instanceof LaneStopped || failure instanceof StoreAway;
