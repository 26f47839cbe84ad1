/**
 * Inventory's shipped decisions over several lanes, reached by messages that get lost, come twice and
 * out of order, from processes that die; on one clock and from one seed.
 */
import type { CommandRecord, Commit, Entry, Outcome } from '@holdfast/chassis/commit';
import { Overloaded } from '@holdfast/chassis/lane';
import { type ScriptedClock, scriptedClock } from '@holdfast/chassis/scripted-clock';
import { type Random, seededRandom } from '@holdfast/chassis/simulation/random';
import {
  type AnyStreamKind,
  idOfStream,
  prefixOfStream,
  streamName,
  type View,
} from '@holdfast/chassis/stream-kind';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import type { CatalogEvent } from '../src/catalog/events.ts';
import type { InventoryEvent } from '../src/claim/changes.ts';
import { claimKind } from '../src/claim/claim.ts';
import { wideKind } from '../src/claim/wide.ts';
import { decideInventory, type InventoryCommand, kinds, streamsOf } from '../src/decide.ts';
import { laneOfSku, type OverLanes, resendMs, type Told } from '../src/over-lanes/ask-lane.ts';
import { handleOverLanes } from '../src/over-lanes/claims.ts';
import { settleClaim } from '../src/over-lanes/settle-claim.ts';
import type { StockEvent } from '../src/stock/events.ts';
import { checkStockLaw, stockKind } from '../src/stock/stock.ts';

type Fact = { readonly stream: string; readonly event: InventoryEvent | CatalogEvent };

/** A bug that is planted into the protocol, to see it found. */
export type PlantedBug =
  | 'parallel tries'
  | 'no wait for undecided holds'
  | 'kept before the last yes'
  | 'undecided holds released by the lane itself';

export type Faults = {
  readonly lossChance: number;
  readonly twiceChance: number;
  readonly delayMsMax: number;
};
export const calm: Faults = { lossChance: 0, twiceChance: 0, delayMsMax: 8 };
export const stormy: Faults = { lossChance: 0.06, twiceChance: 0.1, delayMsMax: 60 };

const needsMax = 8;
const answerWithinMs = 150;

/** One lane: decides at once, in the order in which messages reach it. */
export function openLane(lane: number, now: () => number) {
  const states = new Map<string, unknown>();
  const outcomes = new Map<string, Outcome>();
  const commits: Commit[] = [];
  const counted = new Map<string, number>();
  let version = 0;
  const kindOf = (stream: string) =>
    kinds.find(({ prefix }) => prefix === prefixOfStream(stream)) as AnyStreamKind;
  const stateOf = (stream: string) => {
    if (!states.has(stream)) states.set(stream, kindOf(stream).initial(idOfStream(stream)));
    return states.get(stream);
  };
  const viewOf = (named: ReadonlySet<string> | undefined): View => ({
    has: (stream) => named === undefined || named.has(stream),
    get(kind, id) {
      const stream = streamName(kind, id);
      if (named && !named.has(stream)) throw new Error(`${stream} was not asked for`);
      return stateOf(stream) as ReturnType<typeof kind.initial>;
    },
  });
  const all = viewOf(undefined);

  const fold = (entries: readonly Entry[], at: number) => {
    version += 1;
    // Through text and back, as the log has it.
    const kept = JSON.parse(JSON.stringify(entries)) as Entry[];
    for (const { stream, events } of kept) {
      for (const { type } of events) counted.set(type, (counted.get(type) ?? 0) + 1);
      const kind = kindOf(stream);
      for (const event of events) {
        const place = { at, actor: 'anybody', id: () => `inventory:${lane}:${version}:0` };
        states.set(stream, kind.evolve(stateOf(stream), event, place));
      }
      if (kind.prefix !== stockKind.prefix) continue;
      checkStockLaw(all.get(stockKind, idOfStream(stream)), events as readonly StockEvent[], at);
    }
    const chain = { commitId: '', prevHash: '', hash: '', body: '' };
    commits.push({ context: 'inventory', lane, version, ...chain, at, entries: kept });
  };

  function decide(command: InventoryCommand) {
    const named = new Set(streamsOf(command));
    for (let round = 0; round < needsMax; round += 1) {
      const decision = decideInventory(command, viewOf(named), now());
      if (decision.type !== 'needs') {
        const changes = decision.type === 'accepted' ? decision.changes : [];
        // The lane folds only what it has loaded.
        const unseen = changes.find(({ stream, begins }) => !begins && !named.has(stream));
        if (unseen) throw new Error(`${command.type} changes ${unseen.stream} unseen`);
        return decision;
      }
      for (const stream of decision.streams) named.add(stream);
    }
    throw new Error(`${command.type} is never done with asking`);
  }

  return {
    lane,
    commits,
    counted,
    view: all,
    streams: () => [...states.keys()],
    given(facts: readonly Fact[]) {
      for (const { stream, event } of facts) fold([{ stream, events: [event] }], now());
    },
    handle(command: InventoryCommand, record: CommandRecord): Told {
      const key = record.key && `${record.by} ${record.type} ${record.key}`;
      const earlier = key ? outcomes.get(key) : undefined;
      if (earlier) return { outcome: earlier, lane, version, replayed: true, shown: undefined };
      const decision = decide(command);
      const outcome: Outcome =
        decision.type === 'accepted'
          ? { accepted: decision.answer }
          : { rejected: decision.rejection };
      if (decision.type === 'accepted' && decision.changes.length > 0) {
        fold(decision.changes, now());
      }
      const isKept = decision.type === 'accepted' || !('notKept' in decision.rejection);
      if (key && isKept) outcomes.set(key, outcome);
      return { outcome, lane, version, replayed: false, shown: undefined };
    },
  };
}
export type TestLane = ReturnType<typeof openLane>;

export type LanesWorld = ReturnType<typeof openLanes>;

type Message = {
  readonly lane: number;
  readonly command: InventoryCommand;
  readonly record: CommandRecord;
};

/** @param judge sees every answer of a lane, with the lane as it was before */
export function openLanes(
  seed: number,
  laneCount: number,
  facts: (lane: number) => readonly Fact[],
  bug: PlantedBug | undefined,
  judge: (lane: TestLane, command: InventoryCommand, answer: () => Told) => Told,
  story?: (line: string) => void,
) {
  const random: Random = seededRandom(seed);
  const isRush = random.chance(0.5);
  const clock: ScriptedClock = scriptedClock(undefined, () => Promise.resolve());
  const lanes = Array.from({ length: laneCount }, (_, lane) => openLane(lane, clock.now));
  for (const lane of lanes) lane.given(facts(lane.lane));
  let faults = calm;
  const broken: unknown[] = [];
  const noted = new Map<string, number>();
  const note = (what: string) => noted.set(what, (noted.get(what) ?? 0) + 1);

  const delayMs = () => random.between(0, faults.delayMsMax);
  const run = ({ lane, command, record }: Message): Told => {
    const at = lanes[lane] as TestLane;
    try {
      const told = judge(at, command, () => answerOf(at, command, record));
      if (story) story(`${clock.now()} ${lane} ${JSON.stringify([command, told.outcome])}`);
      if ('rejected' in told.outcome && told.outcome.rejected.type === 'HoldsUndecided') {
        note('waited for a hold that was undecided');
      }
      return told;
    } catch (failure) {
      broken.push(failure);
      throw failure;
    }
  };

  /** The bugs that can be planted into a lane's answer. */
  function answerOf(at: TestLane, command: InventoryCommand, record: CommandRecord): Told {
    const isTry = command.type === 'TryClaim';
    if (bug === 'kept before the last yes' && isTry && command.lane === command.lanes.at(-1)) {
      const rules = { holdSeconds: 6, holdSecondsMax: 12, paymentGraceSeconds: 900 };
      const yes = { type: 'yes', lines: [], backordered: [], rules, earlier: [] };
      return {
        outcome: { accepted: yes },
        lane: at.lane,
        version: 0,
        replayed: false,
        shown: undefined,
      };
    }
    const told = at.handle(command, record);
    const waits = 'rejected' in told.outcome && told.outcome.rejected.type === 'HoldsUndecided';
    if (bug !== 'no wait for undecided holds' || !waits || !isTry) return told;
    const no = { type: 'no', problem: { type: 'InsufficientStock', shortfalls: [] } };
    return { ...told, outcome: { accepted: no } };
  }

  /** A message that may be lost, come late, come twice, or be done without an answer. */
  const send = (message: Message, isAlive: () => boolean): Promise<Told> =>
    new Promise((resolve, reject) => {
      const lost = random.chance(faults.lossChance);
      const unanswered = random.chance(faults.lossChance);
      if (random.chance(faults.twiceChance)) clock.after(delayMs() * 8, () => void run(message));
      clock.after(answerWithinMs, () => {
        if (isAlive()) reject(new Error('nobody answered'));
      });
      if (lost) return;
      clock.after(delayMs(), () => {
        const told = run(message);
        if (unanswered) return;
        clock.after(delayMs(), () => {
          if (isAlive()) resolve(told);
        });
      });
    });

  function openProcess() {
    let alive = true;
    const isAlive = () => alive;
    const over: OverLanes = {
      laneCount,
      clock: {
        ...clock,
        after: (ms, wake) => clock.after(ms, () => void (alive && wake())),
      },
      ask: (lane, command, record) => send(planted(lane, command, record, isAlive), isAlive),
    };
    return {
      isAlive,
      die: () => {
        alive = false;
        note('a process died');
      },
      handle: (command: InventoryCommand, record: CommandRecord) =>
        handleOverLanes(over, command, record),
      settle: (claim: ClaimId) =>
        settleClaim(over, claim, { type: 'SettleClaim', by: 'test', actor: 'holdfast' }),
    };
  }

  /** The bugs that can be planted between the driver and its lanes. */
  function planted(
    lane: number,
    command: InventoryCommand,
    record: CommandRecord,
    isAlive: () => boolean,
  ): Message {
    if (bug === 'parallel tries' && command.type === 'TryClaim' && lane === command.lanes[1]) {
      const { asked } = command;
      const skus = (asked.type === 'ReserveStock' ? asked.wanted : asked.lines).map((of) => of.sku);
      for (const other of command.lanes.slice(2)) {
        const here = skus.filter((sku) => laneOfSku(sku, laneCount) === other);
        const early = { lane: other, command: { ...command, here, lane: other }, record };
        send(early, isAlive).catch(() => {});
      }
    }
    return { lane, command, record };
  }

  let alive = [openProcess(), openProcess(), openProcess()];
  // Until it is heard that all is settled: again and again, as a follower does after a crash too.
  const toSettle = new Map<ClaimId, number>();

  /** What a follower of the log does, and what a lane's own timers do. */
  const followed = lanes.map(() => 0);
  function passTime() {
    if (bug === 'undecided holds released by the lane itself') releaseUndecided();
    for (const lane of lanes) {
      for (const stream of lane.streams()) {
        const kind = kinds.find(({ prefix }) => prefix === prefixOfStream(stream)) as AnyStreamKind;
        const due = kind.due?.(lane.view.get(kind, idOfStream(stream)));
        if (due === undefined || due > clock.now()) continue;
        const claim = idOfStream(stream) as ClaimId;
        const type = kind === wideKind ? 'AskClaim' : 'ExpireReservation';
        run({ lane: lane.lane, command: { type, claim }, record: { type, by: 'time', actor: '' } });
      }
      for (const { entries } of lane.commits.slice(followed[lane.lane])) {
        for (const { stream } of entries) {
          if (prefixOfStream(stream) === wideKind.prefix)
            toSettle.set(idOfStream(stream) as ClaimId, 0);
        }
      }
      followed[lane.lane] = lane.commits.length;
    }
    for (const [claim, due] of toSettle) {
      if (due > clock.now()) continue;
      const again = clock.now() + resendMs;
      toSettle.set(claim, again);
      random
        .pick(alive)
        .settle(claim)
        .then(
          // Not when something has happened to it meanwhile.
          () => void (toSettle.get(claim) === again && toSettle.delete(claim)),
          () => {},
        );
    }
  }

  function releaseUndecided() {
    for (const lane of lanes) {
      for (const stream of lane.streams()) {
        if (prefixOfStream(stream) !== claimKind.prefix || random.chance(0.9)) continue;
        const claim = idOfStream(stream) as ClaimId;
        const part = lane.view.get(claimKind, claim);
        if (part.type !== 'tentative' || part.lanes[0] === lane.lane) continue;
        const { attempt } = part;
        const outcome = { type: 'refused' } as const;
        const command = { type: 'SettleClaim' as const, claim, attempt, lane: lane.lane, outcome };
        run({ lane: lane.lane, command, record: { type: command.type, by: 'time', actor: '' } });
      }
    }
  }

  return {
    ...{ random, isRush, clock, lanes, broken, noted, note },
    unsettled: () => toSettle.size,
    setFaults(next: Faults) {
      faults = next;
    },
    laneOf: (sku: Sku) => lanes[laneOfSku(sku, laneCount)] as TestLane,
    anyProcess: () => random.pick(alive),
    /** One dies, with everything that it was about, and another one begins. */
    crash() {
      const victim = random.pick(alive);
      victim.die();
      alive = [...alive.filter((each) => each !== victim), openProcess()];
    },
    async advance(ms: number) {
      for (let passed = 0; passed < ms; passed += 20) {
        await clock.advance(20);
        passTime();
      }
    },
    isOverloaded: (failure: unknown) => failure instanceof Overloaded,
  };
}
