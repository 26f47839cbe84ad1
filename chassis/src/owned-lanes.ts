/**
 * The lanes that this process owns: as many as are its share, by leases, given up and taken over as
 * processes come and go (DESIGN 2, "Owner, clustered").
 */
import type { Clock } from './clock.ts';
import type { LaneId } from './commit.ts';
import type { Lane } from './lane.ts';
import { type LaneCompany, startLane, stopLane } from './lane-company.ts';
import type { Lease, Leases } from './leases.ts';
import { shareOf } from './share-of.ts';
import { stopSignal } from './stop-signal.ts';

/** Hints may be lost, so the leases are looked at anyway. */
const lookMs = 500;
/** As long as the leases cannot be reached, and not longer, a process decides without one. */
const unreachableAfterMs = 2_000;

export type OwnedLanesOptions<Command> = {
  readonly context: string;
  readonly count: number;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly open: (lane: number, certain: () => boolean) => Lane<Command>;
  readonly companyOf: (lane: number) => LaneCompany;
  readonly beforeOpen?: (lane: number) => Promise<void>;
  /** Lets others ask a lane that is open; the result ends it. */
  readonly serve: (lane: LaneId, owned: Lane<Command>) => () => void;
  readonly onFailure: (failure: unknown) => void;
};

export type OwnedLanes<Command> = {
  /** The lane, once it is open here. */
  find(lane: number): Lane<Command> | undefined;
  /**
   * Opens a lane although nobody says that it is ours; only while the leases cannot be reached.
   * Undefined when they can.
   */
  openAnyway(lane: number): Promise<Lane<Command> | undefined>;
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

export function ownedLanes<Command>(options: OwnedLanesOptions<Command>): OwnedLanes<Command> {
  const { context, count, leases, clock } = options;
  const owned = new Map<number, Owned<Command>>();
  const changing = new Map<number, Promise<void>>();
  const stopping = stopSignal(clock);
  let leave = async () => {};
  let stopChanges = () => {};
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let reachedAt = 0;

  const leaseName = (lane: number) => `${context}.${lane}`;

  /** One change of a lane at a time: it opens only after it has closed. */
  const change = (lane: number, act: () => Promise<void>): Promise<void> => {
    const before = changing.get(lane) ?? Promise.resolve();
    const after = before.then(act);
    changing.set(lane, after);
    return after;
  };

  const openWith = async (number: number, lease: Lease | undefined): Promise<void> => {
    const certain = () => lease?.holds() ?? false;
    const lane = options.open(number, certain);
    const one: Owned<Command> = {
      ...{ lane, company: options.companyOf(number), lease, stopServing: () => {}, open: false },
    };
    owned.set(number, one);
    await options.beforeOpen?.(number);
    await startLane(lane, one.company);
    one.open = true;
    one.stopServing = options.serve({ context, lane: number }, lane);
    void lease?.lost.then(() => closeIt(number, one));
  };

  const closeIt = (number: number, one: Owned<Command>): Promise<void> =>
    change(number, async () => {
      if (owned.get(number) !== one) return;
      one.open = false;
      // Whoever asks from now on asks the next owner; what was asked before is still decided.
      one.stopServing();
      await stopLane(one.lane, one.company);
      owned.delete(number);
      await one.lease?.release().catch(() => {
        // It ends by itself; the next owner waits a little longer.
      });
    });

  const tryOpen = (number: number): Promise<void> =>
    change(number, async () => {
      if (stopping.stopped() || owned.get(number)?.lease) return;
      const lease = await leases.tryHold(leaseName(number));
      if (!lease) return;
      const anyway = owned.get(number);
      if (anyway) {
        // Opened without a lease; it goes on as the owner's after it was opened anew.
        anyway.stopServing();
        await stopLane(anyway.lane, anyway.company);
        owned.delete(number);
      }
      await openWith(number, lease);
    });

  const look = async () => {
    const members = await leases.members(context);
    reachedAt = clock.now();
    const share = shareOf(leases.self, members, count);
    const given = [...owned].filter(([number, { lease }]) => lease && !share.has(number));
    await Promise.all(given.map(([number, one]) => closeIt(number, one)));
    const wanted = [...share].filter((number) => !owned.get(number)?.lease);
    await Promise.all(wanted.map(tryOpen));
    // Those that were opened without a lease are another's now.
    const strays = [...owned].filter(([number, { lease }]) => !lease && !share.has(number));
    await Promise.all(strays.map(([number, one]) => closeIt(number, one)));
  };

  const lookOnce = async () => {
    try {
      await look();
    } catch (failure) {
      // The leases are away: what is open goes on, unsure of itself. A lane that fails says so.
      if (isFatal(failure)) options.onFailure(failure);
    }
  };

  const lookSoon = () => {
    if (looking) {
      lookAgain = true;
      return;
    }
    if (stopping.stopped()) return;
    looking = lookOnce().finally(() => {
      looking = undefined;
      if (lookAgain) {
        lookAgain = false;
        lookSoon();
      }
    });
  };

  const lookRegularly = async () => {
    while (!stopping.stopped()) {
      await stopping.pause(lookMs);
      lookSoon();
    }
  };

  return {
    find(number) {
      const one = owned.get(number);
      return one?.open ? one.lane : undefined;
    },

    async openAnyway(number) {
      if (clock.now() - reachedAt < unreachableAfterMs || stopping.stopped()) return undefined;
      await change(number, async () => {
        if (!owned.has(number)) await openWith(number, undefined);
      });
      return owned.get(number)?.lane;
    },

    all: () => [...owned].flatMap(([number, { lane, open }]) => (open ? [[number, lane]] : [])),

    async start() {
      reachedAt = clock.now();
      leave = await leases.join(context);
      stopChanges = leases.onChange(lookSoon);
      await look();
      void lookRegularly();
    },

    async stop() {
      stopping.stop();
      stopChanges();
      // First, so that the others know whose lanes these will be.
      await leave().catch(() => {});
      await looking;
      await Promise.all([...owned].map(([number, one]) => closeIt(number, one)));
    },
  };
}

/** A damaged store or a bug; a server that is away is neither. */
const isFatal = (failure: unknown): boolean =>
  failure instanceof Error && (failure.name === 'StoreCorrupt' || failure.name === 'BrokenLaw');
