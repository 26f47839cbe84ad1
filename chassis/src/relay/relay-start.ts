/** Where a relay begins in a lane: after what the bus has. */
import { logSubject, versionOfMessage } from '../bus/bus.ts';
import type { LaneId } from '../commit.ts';
import type { Head } from '../log/event-log.ts';
import type { RelayOptions } from './relay.ts';

export type RelayStart = {
  /** Everything up to here is on the bus, or nobody needs it from there. */
  published: Head;
  /** What the kept mark says. */
  marked: number;
  /** Of the bus, for which the two count. */
  life: string | undefined;
};

/**
 * After a bus was lost so many of the newest commits are published again; who is further behind
 * reads the log.
 */
const rebuiltCommitsMax = 10_000;

/** It is not known what the bus has. */
export class BusAway extends Error {
  override readonly name = 'BusAway';
}

/** @throws BusAway */
export async function fromBus<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (cause) {
    throw new BusAway('the bus does not answer just now', { cause });
  }
}

/** A mark says nothing about another life of the bus. */
export const markConsumer = (life: string | undefined): string =>
  life === undefined ? 'relay' : `relay ${life}`;

/** @throws BusAway */
export async function relayStart(
  { bus, log, mark }: RelayOptions,
  lane: LaneId,
  life: string | undefined,
): Promise<RelayStart> {
  const marked = mark ? await mark.position(markConsumer(life), lane) : undefined;
  const onBus = versionOfMessage(await fromBus(bus.lastId(logSubject(lane))));
  const known = Math.max(onBus, marked?.version ?? 0);
  const head = await log.head(lane);
  const from = (published: Head): RelayStart => ({
    ...{ published, marked: marked?.version ?? 0, life },
  });
  if (known === 0 && !marked) {
    if (life === undefined) return from(head);
    return from({ version: Math.max(0, head.version - rebuiltCommitsMax), hash: '' });
  }
  // A log that was restored may be shorter than what the bus has had of its earlier life.
  if (known >= head.version) return from(head);
  return from({ version: known, hash: marked?.hash ?? '' });
}
