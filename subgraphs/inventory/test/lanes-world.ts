/**
 * Inventory's shipped decisions over several lanes and its shipped driver in processes that die; on
 * one clock and from one seed.
 */
import type { CommandRecord } from '@holdfast/chassis/commit';
import { type ScriptedClock, scriptedClock } from '@holdfast/chassis/scripted-clock';
import { type Random, seededRandom } from '@holdfast/chassis/simulation/random';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { wideKind } from '../src/claim/wide.ts';
import type { InventoryCommand } from '../src/decide.ts';
import { type OverLanes, resendMs, type Told } from '../src/over-lanes/ask-lane.ts';
import { handleOverLanes } from '../src/over-lanes/claims.ts';
import { settleClaim } from '../src/over-lanes/settle-claim.ts';
import { calm, lossyNetwork, type Message, type Send } from './lossy-network.ts';
import { answerWith, type PlantedBug, releasedByItself, sentEarly } from './planted-bugs.ts';
import { type Fact, kindOf, openTestLane, type TestLane } from './test-lane.ts';

export type LanesWorldOptions = {
  readonly seed: number;
  readonly laneCount: number;
  readonly facts: (lane: number) => readonly Fact[];
  readonly bug: PlantedBug | undefined;
  /** Sees every answer of a lane, with the lane as it was before. */
  readonly judge: (
    lane: TestLane,
    command: InventoryCommand,
    now: number,
    answer: () => Told,
  ) => Told;
  /** Reads the story of the run, line by line. */
  readonly reader: ((line: string) => void) | undefined;
};

export type LanesWorld = ReturnType<typeof openLanes>;

function openProcess(send: Send, laneCount: number, clock: ScriptedClock) {
  let alive = true;
  const over: OverLanes = {
    laneCount,
    clock: { ...clock, after: (ms, wake) => clock.after(ms, () => void (alive && wake())) },
    ask: (lane, command, record) => send({ lane, command, record }, () => alive),
  };
  return {
    die() {
      alive = false;
    },
    handle: (command: InventoryCommand, record: CommandRecord) =>
      handleOverLanes(over, command, record),
    settle: (claim: ClaimId) =>
      settleClaim(
        over,
        { claim, version: 0 },
        { type: 'SettleClaim', by: 'test', actor: 'holdfast' },
      ),
  };
}
type Process = ReturnType<typeof openProcess>;

/** What a follower of the logs does: again and again, until it is heard that all is settled. */
function claimFollower(lanes: readonly TestLane[], anyProcess: () => Process, now: () => number) {
  const toSettle = new Map<ClaimId, number>();
  const followed = lanes.map(() => 0);

  const hear = ({ lane, commits }: TestLane) => {
    for (const { stream } of commits.slice(followed[lane]).flatMap(({ entries }) => entries)) {
      if (prefixOfStream(stream) === wideKind.prefix) toSettle.set(idOfStream(stream) as never, 0);
    }
    followed[lane] = commits.length;
  };
  return {
    unsettled: () => toSettle.size,
    passTime() {
      for (const lane of lanes) hear(lane);
      for (const [claim, due] of toSettle) {
        if (due > now()) continue;
        const again = now() + resendMs;
        toSettle.set(claim, again);
        const done = () => {
          // Not when something has happened to it meanwhile.
          if (toSettle.get(claim) === again) toSettle.delete(claim);
        };
        anyProcess()
          .settle(claim)
          .then(done, () => {});
      }
    },
  };
}

/** What has fallen due in a lane, and what a bug makes it do. */
function fallenDue(lane: TestLane, now: number): readonly Message[] {
  return lane.streams().flatMap((stream) => {
    const kind = kindOf(stream);
    const due = kind.due?.(lane.view.get(kind, idOfStream(stream)));
    if (due === undefined || due > now) return [];
    const type = kind.prefix === wideKind.prefix ? 'AskClaim' : 'ExpireReservation';
    const command = { type, claim: idOfStream(stream) as ClaimId } as const;
    return [{ lane: lane.lane, command, record: { type, by: 'time', actor: 'nobody' } }];
  });
}

/** Every answer of a lane, judged, told to the reader, and counted where it is rare. */
function observed(
  lanes: readonly TestLane[],
  { now }: ScriptedClock,
  { bug, judge, reader }: Pick<LanesWorldOptions, 'bug' | 'judge' | 'reader'>,
) {
  const broken: unknown[] = [];
  const noted = new Map<string, number>();
  const note = (what: string) => void noted.set(what, (noted.get(what) ?? 0) + 1);

  const run = (message: Message): Told => {
    const { lane, command } = message;
    const at = lanes[lane] as TestLane;
    try {
      const told = judge(at, command, now(), () => answerWith(bug, at, message));
      reader?.(`${now()} ${lane} ${JSON.stringify([command, told.outcome])}`);
      const waits = 'rejected' in told.outcome && told.outcome.rejected.type === 'HoldsUndecided';
      if (waits) note('waited for a hold that was undecided');
      return told;
    } catch (failure) {
      broken.push(failure);
      throw failure;
    }
  };
  return { broken, noted, note, run };
}

export function openLanes({ seed, laneCount, facts, bug, judge, reader }: LanesWorldOptions) {
  const random: Random = seededRandom(seed);
  const isRush = random.chance(0.5);
  const clock: ScriptedClock = scriptedClock(undefined, () => Promise.resolve());
  const lanes = Array.from({ length: laneCount }, (_, lane) => openTestLane(lane, clock.now));
  for (const lane of lanes) lane.given(facts(lane.lane));
  const weather = { faults: calm };
  const { broken, noted, note, run } = observed(lanes, clock, { bug, judge, reader });
  const network = lossyNetwork(random, clock, () => weather.faults, run);
  const send: Send = (message, isAlive) => {
    for (const early of sentEarly(bug, message, laneCount)) network(early, isAlive).catch(() => {});
    return network(message, isAlive);
  };
  let processes = [1, 2, 3].map(() => openProcess(send, laneCount, clock));
  const anyProcess = () => random.pick(processes);
  const follower = claimFollower(lanes, anyProcess, clock.now);

  const passTime = () => {
    for (const lane of lanes) {
      for (const message of releasedByItself(bug, lane)) if (random.chance(0.1)) run(message);
      for (const message of fallenDue(lane, clock.now())) run(message);
    }
    follower.passTime();
  };
  return {
    ...{ random, isRush, clock, lanes, broken, noted, note, anyProcess, weather },
    unsettled: follower.unsettled,
    /** One dies, with everything that it was about, and another one begins. */
    crash() {
      const victim = anyProcess();
      victim.die();
      note('a process died');
      const others = processes.filter((each) => each !== victim);
      processes = [...others, openProcess(send, laneCount, clock)];
    },
    async advance(ms: number) {
      for (let passed = 0; passed < ms; passed += 20) {
        await clock.advance(20);
        passTime();
      }
    },
  };
}
