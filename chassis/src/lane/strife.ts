/**
 * What a process does whose lanes meet other owners again and again, none of them with a lease.
 * Each append of one undoes what all others have decided, and a claim over several lanes needs all
 * of them; so who loses does not compete, in any of these lanes: it leaves them to who goes on.
 */
import { type Clock, pause } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import { withJitter } from '../jitter.ts';
import type { EventLog } from '../log/event-log.ts';

export type Contender = {
  readonly id: LaneId;
  /** False while it holds a lease: then the others have to give way. */
  isContended(): boolean;
  durableVersion(): number;
  /** Others have gone on: reads what is true before it decides again. */
  catchUp(): void;
};

/** Of the lanes that one process has of one context. */
export type Strife = {
  enter(lane: Contender): void;
  leave(lane: Contender): void;
  lost(lane: Contender): void;
  won(lane: Contender): void;
  /** True while it leaves this lane to others. */
  standsAside(lane: Contender): boolean;
};

/** Who are asked in turn while the leases are away lose once at each turn; that is no strife. */
const lossesOfOneLane = 2;
/** One after the other, with no append in between. */
const lossesOfAll = 4;
const lookEveryMs = 100;
/** Read one by one: what every server finds without a scan. */
const lookCommits = 4;
/** Who has appended nothing for so long rests; twice that after each further loss. */
const restMs = { first: 500, most: 2_000 };
/**
 * Who never rests is asked for a turn after so many of its commits, however fast the store is. A
 * turn costs three conflicts or so, and of four owners three ask for one.
 */
const turnCommits = 400;

type State = {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly lanes: Set<Contender>;
  readonly losses: Map<Contender, number>;
  lossesInRow: number;
  timesInRow: number;
  standing: boolean;
};

export function strifeOf({ clock, log }: Pick<State, 'clock' | 'log'>): Strife {
  const state: State = {
    ...{ clock, log, lanes: new Set(), losses: new Map() },
    ...{ lossesInRow: 0, timesInRow: 0, standing: false },
  };
  const { lanes, losses } = state;
  return {
    enter: (lane) => void lanes.add(lane),
    leave(lane) {
      lanes.delete(lane);
      losses.delete(lane);
    },
    lost(lane) {
      const ofOne = (losses.get(lane) ?? 0) + 1;
      losses.set(lane, ofOne);
      state.lossesInRow += 1;
      const isStrife = ofOne >= lossesOfOneLane || state.lossesInRow >= lossesOfAll;
      if (isStrife && !state.standing) void standAside(state);
    },
    won(lane) {
      losses.delete(lane);
      state.lossesInRow = 0;
      state.timesInRow = 0;
    },
    standsAside: (lane) => state.standing && lane.isContended(),
  };
}

async function standAside(state: State): Promise<void> {
  const { clock, lanes } = state;
  state.standing = true;
  const drawn = clock.newId();
  const rest = Math.min(restMs.first * 2 ** state.timesInRow, restMs.most);
  const quietMs = withJitter(rest, drawn, 1);
  const turn = withJitter(turnCommits, drawn, 2);
  const heads = new Map<Contender, number>();
  let seen = 0;
  for (let quietSince = clock.now(); ; ) {
    await pause(clock, lookEveryMs);
    const contended = [...lanes].filter((lane) => lane.isContended());
    const found = await Promise.all(contended.map((lane) => newCommits(state, lane, heads)));
    const more = found.reduce((sum, count) => sum + count, 0);
    if (more > 0) quietSince = clock.now();
    seen += more;
    const isOver = clock.now() - quietSince >= quietMs || seen >= turn;
    if (contended.length === 0 || isOver) break;
  }
  state.standing = false;
  state.timesInRow += 1;
  state.lossesInRow = 0;
  for (const lane of lanes) {
    if ((heads.get(lane) ?? 0) > lane.durableVersion()) lane.catchUp();
  }
}

/** Since the last look, as far as it matters. */
async function newCommits(
  { log }: State,
  lane: Contender,
  heads: Map<Contender, number>,
): Promise<number> {
  const from = Math.max(heads.get(lane) ?? 0, lane.durableVersion());
  let head = from;
  try {
    for (let page = lookCommits; page === lookCommits && head - from < turnCommits; head += page) {
      page = (await log.read(lane.id, head + 1, lookCommits)).length;
    }
  } catch {
    // Nobody is known to have gone on. What is wrong with it the lane itself is told when it reads.
  }
  heads.set(lane, head);
  return head - from;
}
