/** A store of commits that answers late, fails, forgets what it has not acknowledged, and never breaks its one promise. */
import { logSubject } from '../bus.ts';
import { type Commit, decodeCommit, genesisHash, type LaneId } from '../commit.ts';
import type { AppendResult, EventLog } from '../event-log.ts';
import { laneKey } from '../lane-feed.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

type Stored = { readonly commit: Commit; readable: boolean };
type StoredLane = { readonly commits: Map<number, Stored>; readableUpTo: number };

export type SimulatedLogStore = {
  /** The log as one process sees it. */
  of(process: SimulatedProcess): EventLog;
  /** Everything durable, past all faults. */
  commits(lane: LaneId): readonly Commit[];
  /** The same of all lanes, by their names. */
  all(): readonly (readonly Commit[])[];
};

/** What nobody heard of becomes readable, or is undone, within this. */
const unheardMsMax = 300;
const slowAppendMs = { least: 200, most: 4_000 };
const hintMsMax = 30;

export function simulatedLogStore(world: World): SimulatedLogStore {
  const { random } = world;
  const lanes = new Map<string, StoredLane>();
  const listeners = new Set<(lane: LaneId) => void>();

  const laneOf = (lane: LaneId): StoredLane => {
    const known = lanes.get(laneKey(lane));
    if (known) return known;
    const stored: StoredLane = { commits: new Map(), readableUpTo: 0 };
    lanes.set(laneKey(lane), stored);
    return stored;
  };

  const makeReadable = (id: LaneId, stored: Stored) => {
    stored.readable = true;
    const lane = laneOf(id);
    while (lane.commits.get(lane.readableUpTo + 1)?.readable) lane.readableUpTo += 1;
    for (const listener of listeners) {
      if (random.chance(world.faults().lostHint)) continue;
      world.after(random.between(1, hintMsMax), () => listener(id));
    }
  };

  const insert = (commit: Commit, heard: boolean): AppendResult => {
    const { commits } = laneOf(commit);
    const { context, lane, version } = commit;
    if (commits.has(version)) return 'taken';
    // From its text: what the body does not say is not stored.
    const stored: Stored = { commit: deepFreeze(decodeCommit(commit)), readable: false };
    commits.set(version, stored);
    if (heard) makeReadable({ context, lane }, stored);
    else {
      // A new primary does not have what no majority had.
      const undone = random.chance(world.faults().undoneAppend);
      world.after(random.between(0, unheardMsMax), () => {
        if (!undone) return makeReadable({ context, lane }, stored);
        world.note('append undone by the store');
        commits.delete(version);
      });
    }
    return 'appended';
  };

  /** Says how it came that a version was taken. */
  const noteTaken = (commit: Commit, unsure: boolean) => {
    const winner = laneOf(commit).commits.get(commit.version)?.commit;
    if (winner?.commitId === commit.commitId) world.note('unknown outcome settled as ours');
    else world.note(unsure ? 'unknown outcome settled as not ours' : 'conflict of two owners');
  };

  const readable = (lane: LaneId, fromVersion: number, limit: number): readonly Commit[] => {
    const { commits, readableUpTo } = laneOf(lane);
    const page: Commit[] = [];
    for (let version = Math.max(1, fromVersion); version <= readableUpTo; version += 1) {
      const stored = commits.get(version);
      if (!stored || page.length === limit) break;
      page.push(stored.commit);
    }
    return page;
  };

  const appendMs = () => {
    if (!random.chance(world.faults().slowAppend)) return 0;
    world.note('slow append');
    return random.between(slowAppendMs.least, slowAppendMs.most);
  };

  const appendAs = (process: SimulatedProcess) => {
    let unsureOf = '';
    return async (commit: Commit): Promise<AppendResult> => {
      const what = () => `append ${laneKey(commit)}:${commit.version}`;
      const effect = (heard: boolean) => insert(commit, heard);
      const unsure = unsureOf === commit.commitId;
      unsureOf = commit.commitId;
      const result = await process.call({ what, effect, changes: true, extraMs: appendMs() });
      unsureOf = '';
      if (result === 'taken') noteTaken(commit, unsure);
      else if (unsure) world.note('unknown outcome settled by appending again');
      world.tell(process.name, () => `${result}: ${laneKey(commit)}:${commit.version}`);
      return result;
    };
  };

  return {
    of: (process) => ({
      append: appendAs(process),
      read: (lane, fromVersion, limit) =>
        process.call({
          what: () => `read ${laneKey(lane)} from ${fromVersion}`,
          effect() {
            const page = readable(lane, fromVersion, limit);
            const delivered = process.delivered.get(logSubject(lane)) ?? 0;
            if (page.length > 0 && delivered > fromVersion) world.note('gap filled from the log');
            return page;
          },
          changes: false,
        }),
      head: (lane) =>
        process.call({
          what: () => `head of ${laneKey(lane)}`,
          effect: () => {
            const { commits, readableUpTo } = laneOf(lane);
            const hash = commits.get(readableUpTo)?.commit.hash ?? genesisHash;
            return { version: readableUpTo, hash };
          },
          changes: false,
        }),
      onAppended(listener) {
        const heard = (lane: LaneId) => {
          if (process.alive()) listener(lane);
        };
        listeners.add(heard);
        process.onEnd(() => listeners.delete(heard));
        return () => listeners.delete(heard);
      },
    }),
    commits: (lane) => sorted(laneOf(lane)),
    all: () => [...lanes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lane]) => sorted(lane)),
  };
}

const sorted = ({ commits }: StoredLane): readonly Commit[] =>
  [...commits.values()]
    .filter((stored) => stored.readable)
    .map(({ commit }) => commit)
    .sort((a, b) => a.version - b.version);
