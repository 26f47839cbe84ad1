/**
 * How one lane changes hands in this process: opened, given up, gone on with under a new lease; one
 * change of it at a time.
 */
import { type Clock, type Instant, pause } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import { inTime } from '../in-time.ts';
import type { Lane, LeaseNow } from '../lane/lane.ts';
import type { Lease, Leases } from '../leases/leases.ts';
import { type LaneCompany, startLane, stopLane } from './lane-company.ts';

/** Far above what the tail behind a checkpoint takes to be folded. */
const openWithinMs = 30_000;
/** Who has not stopped by then is taken for dead: its lease is let go; the fence keeps the log. */
const stopWithinMs = 5_000;
/** After a lane could not be opened; others may have it meanwhile. */
const failedPauseMs = 100;

export type OwnedLanesOptions<Command> = {
  readonly context: string;
  readonly count: number;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly open: (lane: number, lease: LeaseNow) => Lane<Command>;
  readonly companyOf: (lane: number) => LaneCompany;
  readonly beforeOpen?: (lane: number) => Promise<void>;
  /** Lets others ask a lane that is open; the result ends it. */
  readonly serve: (lane: LaneId, owned: Lane<Command>) => () => void;
  /** A look at the leases, or what followed from it, has failed; it is done again soon. */
  readonly onFailed: (failure: unknown) => void;
};

export type Owned<Command> = {
  readonly lane: Lane<Command>;
  readonly company: LaneCompany;
  lease: Lease | undefined;
  stopServing: () => void;
  open: boolean;
  /** Since when it is another process's share; undefined while it is ours. */
  othersSince: Instant | undefined;
};

export type Owning<Command> = OwnedLanesOptions<Command> & {
  readonly owned: Map<number, Owned<Command>>;
  /** One change of a lane at a time: it opens only after it has closed. */
  readonly changing: Map<number, Promise<void>>;
  stopped: boolean;
  /** When the leases last answered; opening a lane takes its time and is no answer of theirs. */
  reachedAt: Instant;
  readonly startedAt: Instant;
  /** When a lane met its next owner, by lane: there is somebody else to be asked. */
  readonly overtakenAt: Map<number, Instant>;
  lookSoon: () => void;
};

export const isOpen = <Command>({ open, lane }: Owned<Command>) => open && !lane.hasEnded();
export const isOvertaken = <Command>({ open, lane }: Owned<Command>) => open && lane.hasEnded();

export function change<Command>(
  { changing }: Owning<Command>,
  lane: number,
  act: () => Promise<void>,
): Promise<void> {
  const after = (changing.get(lane) ?? Promise.resolve()).then(act);
  // Whoever waits for this change hears of its failure; the next one begins all the same.
  const over = after
    .catch(() => {})
    .then(() => {
      if (changing.get(lane) === over) changing.delete(lane);
    });
  changing.set(lane, over);
  return after;
}

/** Takes its lease, if nobody else has it. */
export const tryOpen = <Command>(owning: Owning<Command>, number: number): Promise<void> =>
  change(owning, number, async () => {
    const { owned, leases, context } = owning;
    if (owning.stopped || owned.get(number)?.lease?.holds()) return;
    const lease = await leases.tryHold(`${context}.${number}`);
    owning.reachedAt = owning.clock.now();
    const anyway = owned.get(number);
    if (anyway && lease && isOpen(anyway)) return goOnUnder(owning, anyway, lease);
    // Somebody else's by now.
    if (anyway) await end(owning, number, anyway);
    if (lease) await openWith(owning, number, lease);
  });

/** Not sure of itself until it has appended under it: others may have gone on meanwhile. */
function goOnUnder<Command>(
  { lookSoon }: Owning<Command>,
  one: Owned<Command>,
  lease: Lease | undefined,
): void {
  one.lease = lease;
  // It goes on afterwards too: while leases are away nobody else can be asked.
  void lease?.lost.then(lookSoon);
}

export async function openWith<Command>(
  owning: Owning<Command>,
  number: number,
  lease: Lease | undefined,
): Promise<void> {
  const { context, owned } = owning;
  const lane = owning.open(number, () => one.lease);
  const company = owning.companyOf(number);
  const one: Owned<Command> = {
    ...{ lane, company, lease, stopServing: () => {} },
    ...{ open: false, othersSince: undefined },
  };
  owned.set(number, one);
  let isGivenUp = false;
  const decides = () => {
    if (isGivenUp) return;
    one.open = true;
    one.stopServing = owning.serve({ context, lane: number }, lane);
  };
  try {
    await opened(owning, number, one, decides);
  } catch (failure) {
    isGivenUp = true;
    await end(owning, number, one);
    // Its lease, let go, is a hint to look again.
    await pause(owning.clock, failedPauseMs);
    throw failure;
  }
  goOnUnder(owning, one, lease);
}

/** @throws when it takes too long: another process may have more luck with it */
async function opened<Command>(
  { beforeOpen, clock, context }: Owning<Command>,
  number: number,
  { lane, company }: Owned<Command>,
  decides: () => void,
): Promise<void> {
  const opening = async () => {
    await beforeOpen?.(number);
    await startLane(lane, company, decides);
  };
  if ((await inTime(clock, openWithinMs, opening())) !== 'late') return;
  throw new Error(`${context}:${number} has not opened within ${openWithinMs} ms`);
}

export const closeLane = <Command>(
  owning: Owning<Command>,
  number: number,
  one: Owned<Command>,
): Promise<void> =>
  change(owning, number, async () => {
    if (owning.owned.get(number) !== one) return;
    if (isOvertaken(one)) owning.overtakenAt.set(number, owning.clock.now());
    await end(owning, number, one);
  });

/**
 * Whoever asks once nothing feeds it asks the next owner; what was asked before is still decided.
 * A part that fails to stop keeps the lane from nobody: what it left undone the next owner does.
 */
async function end<Command>(
  { owned, onFailed, clock }: Owning<Command>,
  number: number,
  one: Owned<Command>,
): Promise<void> {
  const refuses = () => {
    one.open = false;
    one.stopServing();
  };
  const closes = async () => {
    await one.lane.flush();
    refuses();
  };
  // If it cannot be released it ends by itself; the next owner waits a little longer.
  const closed = async () => {
    const { lease } = one;
    one.lease = undefined;
    await lease?.release().catch(onFailed);
  };
  const stopped = stopLane(one.lane, one.company, { closes, closed });
  await inTime(clock, stopWithinMs, stopped.catch(onFailed));
  refuses();
  owned.delete(number);
  await closed();
}
