/**
 * The lanes that this process owns: as many as are its share, by leases, given up and taken over as
 * processes come and go (DESIGN 2, "Owner, clustered").
 */
import type { Clock, Instant } from './clock.ts';
import type { LaneId } from './commit.ts';
import type { Lane, LeaseNow } from './lane.ts';
import { type LaneCompany, startLane, stopLane } from './lane-company.ts';
import type { Lease, Leases } from './leases.ts';
import { looksAgain } from './looks-again.ts';
import { shareOf } from './share-of.ts';

/** Hints may be lost, so the leases are looked at anyway. */
const lookMs = 500;
/** Only when leases cannot be reached for longer does a process decide without one. */
const unreachableAfterMs = 2_000;

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

export type OwnedLanes<Command> = {
  /** The lane, once it is open here. */
  find(lane: number): Lane<Command> | undefined;
  /**
   * Begins to open a lane although nobody says that it is ours; only while the leases cannot be
   * reached. Nobody waits for it: who asks may be a part that must end before the lane can change.
   */
  openAnyway(lane: number): void;
  all(): readonly (readonly [number, Lane<Command>])[];
  start(): Promise<void>;
  stop(): Promise<void>;
};

type Owned<Command> = {
  readonly lane: Lane<Command>;
  readonly company: LaneCompany;
  readonly lease: Lease | undefined;
  stopServing: () => void;
  open: boolean;
};

type Owning<Command> = OwnedLanesOptions<Command> & {
  readonly owned: Map<number, Owned<Command>>;
  /** One change of a lane at a time: it opens only after it has closed. */
  readonly changing: Map<number, Promise<void>>;
  /** Worked out anew only when others live: ranks cost a hash for each lane and member. */
  share: { readonly members: string; readonly lanes: ReadonlySet<number> };
  stopped: boolean;
  /** When the leases last answered; opening a lane takes its time and is no answer of theirs. */
  reachedAt: Instant;
};

export function ownedLanes<Command>(options: OwnedLanesOptions<Command>): OwnedLanes<Command> {
  const { context, leases, clock } = options;
  const owning: Owning<Command> = {
    ...{ ...options, owned: new Map(), changing: new Map(), stopped: false, reachedAt: 0 },
    share: { members: '', lanes: new Set() },
  };
  const { owned } = owning;
  let leave = async () => {};
  let stopChanges = () => {};

  const look = async () => {
    await takeShare(owning, await leases.members(context));
    owning.reachedAt = clock.now();
  };
  const looks = looksAgain(clock, lookMs, () => look().catch(options.onFailed));

  return {
    find(number) {
      const one = owned.get(number);
      return one?.open ? one.lane : undefined;
    },

    openAnyway(number) {
      if (clock.now() - owning.reachedAt < unreachableAfterMs || owning.stopped) return;
      if (owned.has(number) || owning.changing.has(number)) return;
      change(owning, number, () => openWith(owning, number, undefined)).catch(options.onFailed);
    },

    all: () => [...owned].flatMap(([number, { lane, open }]) => (open ? [[number, lane]] : [])),

    async start() {
      owning.reachedAt = clock.now();
      leave = await leases.join(context);
      stopChanges = leases.onChange(looks.soon);
      await look();
      looks.start();
    },

    async stop() {
      owning.stopped = true;
      stopChanges();
      // First, so that the others know whose lanes these will be; if they do not hear, leases end.
      await leave().catch(options.onFailed);
      await looks.stop();
      await Promise.all([...owned].map(([number, one]) => closeLane(owning, number, one)));
    },
  };
}

/** Gives up what is another's share and takes what is ours and free. */
async function takeShare<Command>(
  owning: Owning<Command>,
  members: readonly string[],
): Promise<void> {
  const { owned } = owning;
  const share = ownShare(owning, members);
  // Those without a lease were opened while leases were away: they are somebody's now.
  const given = [...owned].filter(([number]) => !share.has(number));
  await Promise.all(given.map(([number, one]) => closeLane(owning, number, one)));
  const wanted = [...share].filter((number) => !owned.get(number)?.lease);
  await Promise.all(wanted.map((number) => tryOpen(owning, number)));
}

function ownShare<Command>(owning: Owning<Command>, all: readonly string[]): ReadonlySet<number> {
  const members = all.join();
  if (owning.share.members !== members) {
    owning.share = { members, lanes: shareOf(owning.leases.self, all, owning.count) };
  }
  return owning.share.lanes;
}

function change<Command>(
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

const tryOpen = <Command>(owning: Owning<Command>, number: number): Promise<void> =>
  change(owning, number, async () => {
    const { owned, leases, context } = owning;
    if (owning.stopped || owned.get(number)?.lease) return;
    const lease = await leases.tryHold(`${context}.${number}`);
    owning.reachedAt = owning.clock.now();
    if (!lease) return;
    // One that was opened without a lease goes on as the owner's.
    const anyway = owned.get(number);
    if (anyway) await end(owning, number, anyway);
    await openWith(owning, number, lease);
  });

async function openWith<Command>(
  owning: Owning<Command>,
  number: number,
  lease: Lease | undefined,
): Promise<void> {
  const { context, owned } = owning;
  const lane = owning.open(number, () => lease);
  const company = owning.companyOf(number);
  const one: Owned<Command> = { lane, company, lease, stopServing: () => {}, open: false };
  owned.set(number, one);
  try {
    await owning.beforeOpen?.(number);
    await startLane(lane, company);
  } catch (failure) {
    await end(owning, number, one);
    throw failure;
  }
  one.open = true;
  one.stopServing = owning.serve({ context, lane: number }, lane);
  void lease?.lost.then(() => closeLane(owning, number, one));
}

const closeLane = <Command>(
  owning: Owning<Command>,
  number: number,
  one: Owned<Command>,
): Promise<void> =>
  change(owning, number, async () => {
    if (owning.owned.get(number) !== one) return;
    await end(owning, number, one);
  });

/**
 * Whoever asks from now on asks the next owner; what was asked before is still decided. A part that
 * fails to stop keeps the lane from nobody: what it left undone the next owner does again.
 */
async function end<Command>(
  { owned, onFailed }: Owning<Command>,
  number: number,
  one: Owned<Command>,
): Promise<void> {
  one.open = false;
  one.stopServing();
  await stopLane(one.lane, one.company).catch(onFailed);
  owned.delete(number);
  // If it cannot be released it ends by itself; the next owner waits a little longer.
  await one.lease?.release().catch(onFailed);
}
