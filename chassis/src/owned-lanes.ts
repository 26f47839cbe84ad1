/**
 * The lanes that this process owns: as many as are its share, by leases, given up and taken over as
 * processes come and go (DESIGN 2, "Owner, clustered").
 */
import type { Clock, Instant } from './clock.ts';
import type { LaneId } from './commit.ts';
import type { Lane, LeaseNow } from './lane.ts';
import { type LaneCompany, startLane, stopLane } from './lane-company.ts';
import { type Lease, type Leases, leaseTtlMs } from './leases.ts';
import { looksAgain } from './looks-again.ts';
import { ownShare } from './share-of.ts';

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
   * @returns true while it changes here: who waits will hear more
   */
  openAnyway(lane: number): boolean;
  all(): readonly (readonly [number, Lane<Command>])[];
  start(): Promise<void>;
  stop(): Promise<void>;
};

type Owned<Command> = {
  readonly lane: Lane<Command>;
  readonly company: LaneCompany;
  lease: Lease | undefined;
  stopServing: () => void;
  open: boolean;
};

type Owning<Command> = OwnedLanesOptions<Command> & {
  readonly owned: Map<number, Owned<Command>>;
  /** One change of a lane at a time: it opens only after it has closed. */
  readonly changing: Map<number, Promise<void>>;
  /** Worked out anew only when others live: ranks cost a hash for each lane and member. */
  readonly shareAmong: (members: readonly string[]) => ReadonlySet<number>;
  stopped: boolean;
  /** When the leases last answered; opening a lane takes its time and is no answer of theirs. */
  reachedAt: Instant;
  /** When a lane met its next owner, by lane: there is somebody else to be asked. */
  readonly overtakenAt: Map<number, Instant>;
  lookSoon: () => void;
};

export function ownedLanes<Command>(options: OwnedLanesOptions<Command>): OwnedLanes<Command> {
  const { context, leases, clock } = options;
  const owning: Owning<Command> = {
    ...{ ...options, owned: new Map(), changing: new Map(), stopped: false, reachedAt: 0 },
    ...{
      overtakenAt: new Map(),
      lookSoon: () => {},
      shareAmong: ownShare(leases.self, options.count),
    },
  };
  const { owned } = owning;
  let leave = async () => {};
  let stopChanges = () => {};

  const look = async () => {
    await takeShare(owning, await leases.members(context));
    owning.reachedAt = clock.now();
  };
  const looks = looksAgain(clock, lookMs, () => look().catch(options.onFailed));
  owning.lookSoon = looks.soon;

  return {
    find: (number) => find(owning, number),
    openAnyway: (number) => openAnyway(owning, number),

    all: () => [...owned].flatMap(([number, one]) => (isOpen(one) ? [[number, one.lane]] : [])),

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

function find<Command>(owning: Owning<Command>, number: number): Lane<Command> | undefined {
  const one = owning.owned.get(number);
  if (one && isOvertaken(one) && !owning.changing.has(number)) {
    closeLane(owning, number, one).catch(owning.onFailed);
  }
  return one && isOpen(one) ? one.lane : undefined;
}

function openAnyway<Command>(owning: Owning<Command>, number: number): boolean {
  const one = owning.owned.get(number);
  if (one) return !one.open && !one.lane.hasEnded();
  if (!mayOpenAnyway(owning, number) || owning.changing.has(number)) return false;
  change(owning, number, () => openWith(owning, number, undefined)).catch(owning.onFailed);
  return true;
}

const isUnreachable = <Command>({ clock, reachedAt }: Owning<Command>): boolean =>
  clock.now() - reachedAt >= unreachableAfterMs;

function mayOpenAnyway<Command>(owning: Owning<Command>, number: number): boolean {
  const { clock, stopped, overtakenAt } = owning;
  const metOwnerAt = overtakenAt.get(number);
  const isFree = metOwnerAt === undefined || clock.now() - metOwnerAt >= leaseTtlMs;
  return !stopped && isUnreachable(owning) && isFree;
}

const isOpen = <Command>({ open, lane }: Owned<Command>) => open && !lane.hasEnded();
const isOvertaken = <Command>({ open, lane }: Owned<Command>) => open && lane.hasEnded();

/** Gives up what is another's share and takes what is ours and free. */
async function takeShare<Command>(
  owning: Owning<Command>,
  members: readonly string[],
): Promise<void> {
  const { owned } = owning;
  const share = owning.shareAmong(members);
  // Those without a lease were opened, or went on, while leases were away: until they answer again
  // nobody else can take them.
  const isAway = isUnreachable(owning);
  const given = [...owned].filter(
    ([number, one]) => isOvertaken(one) || (!share.has(number) && (one.lease?.holds() || !isAway)),
  );
  await Promise.all(given.map(([number, one]) => closeLane(owning, number, one)));
  const wanted = [...share].filter((number) => !owned.get(number)?.lease?.holds());
  await Promise.all(wanted.map((number) => tryOpen(owning, number)));
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

async function openWith<Command>(
  owning: Owning<Command>,
  number: number,
  lease: Lease | undefined,
): Promise<void> {
  const { context, owned } = owning;
  const lane = owning.open(number, () => one.lease);
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
  goOnUnder(owning, one, lease);
}

const closeLane = <Command>(
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
