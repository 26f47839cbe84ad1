/** A log that answers late, fails and hints at random, and never breaks its one promise. */
import { logSubject } from '../bus/bus.ts';
import { type Commit, genesisHash, type LaneId, laneKey } from '../commit.ts';
import type { AppendListener, AppendResult, EventLog } from '../log/event-log.ts';

import type { SimulatedProcess } from './simulated-process.ts';
import { type StoredCommits, storedCommits } from './stored-commits.ts';
import type { World } from './world.ts';

export type SimulatedLogStore = {
  /** The log as one process sees it. */
  of(process: SimulatedProcess): EventLog;
  /** Everything durable, past all faults. */
  commits(lane: LaneId): readonly Commit[];
  /** The same of all lanes, by their names. */
  all(): readonly (readonly Commit[])[];
  /** How many they are. */
  count(): number;
};

const slowAppendMs = { least: 200, most: 4_000 };
const hintMsMax = 30;

type Store = {
  readonly world: World;
  readonly stored: StoredCommits;
  readonly listeners: Set<AppendListener>;
};

export function simulatedLogStore(world: World): SimulatedLogStore {
  const { random } = world;
  const listeners = new Set<AppendListener>();
  const stored = storedCommits(world, (lane, version) => {
    for (const listener of listeners) {
      if (random.chance(world.faults().lostHint)) continue;
      world.after(random.between(1, hintMsMax), () => listener(lane, version));
    }
  });
  const commits = (lane: LaneId) => stored.readable(lane, 1, Number.POSITIVE_INFINITY);
  return {
    of: (process) => logOf({ world, stored, listeners }, process),
    commits,
    all: () => stored.lanes().map(commits),
    count: () => stored.lanes().reduce((sum, lane) => sum + stored.readableUpTo(lane), 0),
  };
}

function logOf(store: Store, process: SimulatedProcess): EventLog {
  const { world, stored, listeners } = store;
  return {
    append: appendAs(store, process),
    read: (lane, fromVersion, limit) =>
      process.call({
        what: () => `read ${laneKey(lane)} from ${fromVersion}`,
        effect() {
          const page = stored.readable(lane, fromVersion, limit);
          const delivered = process.delivered.get(logSubject(lane)) ?? 0;
          if (page.length > 0 && delivered > fromVersion) world.note('gap filled from the log');
          return page;
        },
        changes: false,
      }),
    head: (lane) =>
      process.call({
        what: () => `head of ${laneKey(lane)}`,
        effect() {
          const version = stored.readableUpTo(lane);
          return { version, hash: stored.at(lane, version)?.hash ?? genesisHash };
        },
        changes: false,
      }),
    onAppended(listener) {
      const heard: AppendListener = (lane, version) => {
        if (process.alive()) listener(lane, version);
      };
      listeners.add(heard);
      process.onEnd(() => listeners.delete(heard));
      return () => listeners.delete(heard);
    },
  };
}

function appendAs({ world, stored }: Store, process: SimulatedProcess): EventLog['append'] {
  let unsureOf = '';
  return async (commit): Promise<AppendResult> => {
    const unsure = unsureOf === commit.commitId;
    unsureOf = commit.commitId;
    const result = await process.call({
      what: () => `append ${laneKey(commit)}:${commit.version}`,
      effect: (heard) => stored.insert(commit, heard),
      changes: true,
      extraMs: slowMs(world),
    });
    unsureOf = '';
    if (result === 'taken') noteTaken(world, stored, commit, unsure);
    else if (unsure) world.note('unknown outcome settled by appending again');
    world.tell(process.name, () => `${result}: ${laneKey(commit)}:${commit.version}`);
    return result;
  };
}

function slowMs({ random, faults, note }: World): number {
  if (!random.chance(faults().slowAppend)) return 0;
  note('slow append');
  return random.between(slowAppendMs.least, slowAppendMs.most);
}

/** Says how it came that a version was taken. */
function noteTaken({ note }: World, stored: StoredCommits, commit: Commit, unsure: boolean): void {
  const winner = stored.at(commit, commit.version);
  if (winner?.commitId === commit.commitId) note('unknown outcome settled as ours');
  else note(unsure ? 'unknown outcome settled as not ours' : 'conflict of two owners');
}
