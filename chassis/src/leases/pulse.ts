/**
 * A process's pulse: the one row that it renews all the time. What else it has in the table counts
 * as long as its pulse does, and is renewed only now and then, so that an idle cluster writes a few
 * rows a second, not one for each lane.
 */
import type { Clock } from '../clock.ts';
import { keepRow, type RowKeeper } from './keep-row.ts';
import type { LeaseRow, LeaseTable } from './lease-table.ts';
import type { SeenRows } from './seen-rows.ts';

export type Pulse = RowKeeper & {
  /** What the rows under it name as their holder. A pulse that was lost never comes back. */
  readonly id: string;
};

const pulsePrefix = 'pulse.';
export const pulseKey = (id: string): string => pulsePrefix + id;
export const isPulse = (key: string): boolean => key.startsWith(pulsePrefix);

export type PulseOptions = {
  readonly table: LeaseTable;
  readonly clock: Clock;
  /** A pulse ends so long after it was renewed last. */
  readonly ttlMs: number;
  readonly renewMs: number;
};

/** @throws when it is not known to have begun */
export async function beginPulse(options: PulseOptions): Promise<Pulse | undefined> {
  const { table, clock, ttlMs: lifeMs, renewMs } = options;
  const id = clock.newId();
  const mayTake = async () => false;
  const own = { key: pulseKey(id), holder: id, lifeMs, renewMs, mayTake };
  const keeper = await keepRow({ table, clock, ...own });
  return keeper && { ...keeper, id };
}

/**
 * Whether the holder of a row has no pulse any more. One that was silent for as long as a pulse
 * lasts is taken away first: its holder believes in it no longer, and cannot renew it either.
 *
 * @throws when that is not known
 */
export async function isLifeless(
  { table }: PulseOptions,
  seen: SeenRows,
  { holder }: LeaseRow,
): Promise<boolean> {
  const pulse = await seen.ask(holder);
  if (pulse === 'living') return false;
  if (pulse === 'gone') return true;
  const key = pulseKey(holder);
  await table.remove(key, pulse.silentRevision);
  return (await table.get(key)) === undefined;
}
