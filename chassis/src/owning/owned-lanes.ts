/**
 * The lanes that this process owns: as many as are its share, by leases, given up and taken over as
 * processes come and go (DESIGN 2, "Owner, clustered").
 */

import { inTime } from '../in-time.ts';
import type { Lane } from '../lane/lane.ts';
import { leaseTtlMs } from '../leases/leases.ts';
import { looksAgain } from '../leases/looks-again.ts';
import {
  change,
  closeLane,
  isOpen,
  isOvertaken,
  type Owned,
  type OwnedLanesOptions,
  type Owning,
  openWith,
  tryOpen,
} from './change-lane.ts';
import { ownShare } from './share-of.ts';

/** Hints may be lost, so the leases are looked at anyway. */
const lookMs = 500;
/** Only when leases cannot be reached for longer does a process decide without one. */
const unreachableAfterMs = 2_000;
/**
 * A lane goes to another process only once that is to have it for so long: one that comes while the
 * lease of a dead one lives may get other lanes as soon as it ends.
 */
const giveUpAfterMs = leaseTtlMs;
/** While a system starts its lanes are shared out as processes come: nobody is served yet. */
const startsWithinMs = 10_000;
/** How long a look waits for lanes that change: what else is free by then is not kept waiting. */
const changeWithinMs = 50;
/** Lanes given to another living process at once: of all at once each would be nobody's longer. */
const movesMax = 2;

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

export function ownedLanes<Command>(options: OwnedLanesOptions<Command>): OwnedLanes<Command> {
  const { context, leases, clock } = options;
  const owning: Owning<Command> = {
    ...{ ...options, owned: new Map(), changing: new Map(), stopped: false },
    // Before the start nobody is asked who has them.
    ...{ reachedAt: Number.POSITIVE_INFINITY, startedAt: clock.now() },
    ...{ overtakenAt: new Map(), lookSoon: () => {} },
  };
  const { owned } = owning;
  const shareAmong = ownShare(leases.self, options.count);
  let leave = async () => {};
  let stopChanges = () => {};

  const look = async () => {
    const share = shareAmong(await leases.members(context));
    await Promise.all(takeShare(owning, share));
    owning.reachedAt = clock.now();
  };
  const looks = looksAgain(clock, lookMs, async () => {
    // What takes longer goes on beside the next look.
    await inTime(clock, changeWithinMs, look().catch(options.onFailed));
  });
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

/**
 * Gives up what is another's share and takes what is ours and free.
 * @returns each change that this begins; what changes already is left to the next look
 */
function takeShare<Command>(
  owning: Owning<Command>,
  share: ReadonlySet<number>,
): readonly Promise<void>[] {
  const { owned, count, changing, clock } = owning;
  // Those without a lease were opened, or went on, while leases were away: until they answer again
  // nobody else can take them.
  const isAway = isUnreachable(owning);
  const now = clock.now();
  const isStarting = now - owning.startedAt < startsWithinMs;
  const isDue = ({ othersSince }: Owned<Command>) =>
    othersSince !== undefined && (isStarting || now - othersSince >= giveUpAfterMs);
  const isGiven = (one: Owned<Command>) => isDue(one) && (one.lease?.holds() || !isAway);
  const isMoving = (number: number) => owned.get(number)?.othersSince !== undefined;
  let moves = [...changing.keys()].filter(isMoving).length;
  return Array.from({ length: count }, (_, number) => number).flatMap((number) => {
    const one = owned.get(number);
    if (changing.has(number)) return [];
    if (one) one.othersSince = share.has(number) ? undefined : (one.othersSince ?? now);
    if (one && (isOvertaken(one) || (isGiven(one) && moves < movesMax))) {
      moves += 1;
      return closeLane(owning, number, one);
    }
    return share.has(number) && !one?.lease?.holds() ? tryOpen(owning, number) : [];
  });
}
