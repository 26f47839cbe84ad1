/** Holds one row of a lease table: takes it, renews it, and knows when it no longer has it. */
import type { Clock } from '../clock.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import type { LeaseRow, LeaseTable } from './lease-table.ts';
import type { Lease } from './leases.ts';

/**
 * The part of its life in which a row is no longer called ours although nobody else can have it:
 * two machines' clocks do not run quite alike, and what was just checked takes a moment to use.
 */
const marginPart = 0.1;
/** After a renewal of unknown outcome the next one comes so much sooner. */
const renewAgainPart = 0.5;

export type RowKeeper = Omit<Lease, 'name'>;

type Options = {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly key: string;
  readonly holder: string;
  /** So long after it was written last it is ours no more. */
  readonly lifeMs: number;
  readonly renewMs: number;
  /** Whether the row of somebody else may be taken. */
  readonly mayTake: (row: LeaseRow) => Promise<boolean>;
};

/** @returns undefined while somebody else has it @throws when that is not known */
export async function keepRow(options: Options): Promise<RowKeeper | undefined> {
  const { clock } = options;
  // Before the request is sent: the table counts from when it arrives, which is later.
  const sentAt = clock.now();
  const revision = await takeRow(options);
  if (revision === undefined) return undefined;
  const keeper = renewedRow(options, revision, sentAt);
  if (keeper.holds()) return keeper;
  // The answer came too late to be worth anything.
  await keeper.release();
  return undefined;
}

async function takeRow({ table, key, holder, mayTake }: Options): Promise<number | undefined> {
  const created = await table.put(key, holder, 0);
  if (created !== 'taken') return created;
  const row = await table.get(key);
  if (!row) return undefined;
  // Ours from a request that we never heard the answer of.
  if (row.holder !== holder && !(await mayTake(row))) return undefined;
  const renewed = await table.put(key, holder, row.revision);
  return renewed === 'taken' ? undefined : renewed;
}

type KeptRow = Options & {
  revision: number;
  /** By this process's monotonic time. */
  until: number;
  readonly ended: StopSignal;
  readonly tellLost: () => void;
  cancelEnd: () => void;
};

const believedMs = ({ lifeMs }: Options) => lifeMs * (1 - marginPart);
const holds = ({ ended, clock, until }: KeptRow) => !ended.stopped() && clock.now() < until;

function renewedRow(options: Options, revision: number, takenAt: number): RowKeeper {
  let tellLost = () => {};
  const lost = new Promise<void>((resolve) => {
    tellLost = resolve;
  });
  const row: KeptRow = {
    ...{ ...options, revision, until: takenAt + believedMs(options), tellLost },
    ...{ ended: stopSignal(options.clock), cancelEnd: () => {} },
  };
  armEnd(row);
  const renewing = renewRegularly(row);
  return {
    holds: () => holds(row),
    lost,
    async release() {
      end(row);
      // A renewal under way would change the revision.
      await renewing;
      // What cannot be removed ends by its time: the next one only waits longer.
      await options.table.remove(options.key, row.revision).catch(() => {});
    },
  };
}

function end(row: KeptRow): void {
  row.ended.stop();
  row.cancelEnd();
  row.tellLost();
}

function armEnd(row: KeptRow): void {
  const { clock, until } = row;
  row.cancelEnd();
  row.cancelEnd = clock.after(until - clock.now(), () => (holds(row) ? armEnd(row) : end(row)));
}

async function renewRegularly(row: KeptRow): Promise<void> {
  const { ended, renewMs } = row;
  let pauseMs = renewMs;
  while (!ended.stopped()) {
    await ended.pause(pauseMs);
    if (!holds(row)) return end(row);
    const renewed = await renew(row);
    if (!ended.stopped()) armEnd(row);
    pauseMs = renewed ? renewMs : renewMs * renewAgainPart;
  }
}

/** False when it is not known to be renewed. */
async function renew(row: KeptRow): Promise<boolean> {
  const { table, clock, key, holder } = row;
  const sentAt = clock.now();
  try {
    const renewed = await table.put(key, holder, row.revision);
    if (renewed !== 'taken') {
      row.revision = renewed;
      row.until = sentAt + believedMs(row);
      return true;
    }
    const found = await table.get(key);
    // Our own renewal whose answer was lost; otherwise it is somebody else's, or was forgotten.
    if (found?.holder === holder) row.revision = found.revision;
    else end(row);
  } catch {
    // Not known. It is asked again, and ends by its time when nothing answers until then.
  }
  return false;
}
