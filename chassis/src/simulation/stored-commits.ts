/**
 * The commits that a simulated store has: one for each version, readable a little later than it is
 * there, and undone before that when nobody has heard of it.
 */
import { type Commit, decodeCommit, type LaneId, laneKey } from '../commit.ts';
import type { AppendListener, AppendResult } from '../log/event-log.ts';

import { deepFreeze } from './deep-freeze.ts';
import type { World } from './world.ts';

type Stored = { readonly commit: Commit; readable: boolean };
type StoredLane = { readonly commits: Map<number, Stored>; readableUpTo: number };

export type StoredCommits = {
  /** @param heard false when the writer will not hear of it */
  insert(commit: Commit, heard: boolean): AppendResult;
  /** Whatever has this version, readable or not. */
  at(lane: LaneId, version: number): Commit | undefined;
  /** All of a lane that can be read, from a version on. */
  readable(lane: LaneId, fromVersion: number, limit: number): readonly Commit[];
  readableUpTo(lane: LaneId): number;
  lanes(): readonly LaneId[];
};

/** What nobody heard of becomes readable, or is undone, within this. */
const unheardMsMax = 300;

/** @param appended called when commits have become readable */
export function storedCommits(world: World, appended: AppendListener): StoredCommits {
  const { random } = world;
  const lanes = new Map<string, LaneId & StoredLane>();

  const laneOf = ({ context, lane }: LaneId): StoredLane => {
    const known = lanes.get(laneKey({ context, lane }));
    if (known) return known;
    const stored = { context, lane, commits: new Map(), readableUpTo: 0 };
    lanes.set(laneKey({ context, lane }), stored);
    return stored;
  };

  const makeReadable = ({ context, lane: number }: LaneId, stored: Stored) => {
    stored.readable = true;
    const lane = laneOf({ context, lane: number });
    while (lane.commits.get(lane.readableUpTo + 1)?.readable) lane.readableUpTo += 1;
    appended({ context, lane: number }, lane.readableUpTo);
  };

  /** A new primary does not have what no majority had. */
  const decideLater = (commit: Commit, stored: Stored) => {
    const undone = random.chance(world.faults().undoneAppend);
    world.after(random.between(0, unheardMsMax), () => {
      if (!undone) return makeReadable(commit, stored);
      world.note('append undone by the store');
      laneOf(commit).commits.delete(commit.version);
    });
  };

  return {
    insert(commit, heard) {
      const { commits } = laneOf(commit);
      if (commits.has(commit.version)) return 'taken';
      // From its text: what the body does not say is not stored.
      const stored: Stored = { commit: deepFreeze(decodeCommit(commit)), readable: false };
      commits.set(commit.version, stored);
      if (heard) makeReadable(commit, stored);
      else decideLater(commit, stored);
      return 'appended';
    },
    at: (lane, version) => laneOf(lane).commits.get(version)?.commit,
    readable: (lane, fromVersion, limit) => pageOf(laneOf(lane), fromVersion, limit),
    readableUpTo: (lane) => laneOf(lane).readableUpTo,
    lanes: () =>
      [...lanes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { context, lane }]) => ({ context, lane })),
  };
}

function pageOf({ commits, readableUpTo }: StoredLane, fromVersion: number, limit: number) {
  const page: Commit[] = [];
  for (let version = Math.max(1, fromVersion); version <= readableUpTo; version += 1) {
    const stored = commits.get(version);
    if (!stored || page.length === limit) break;
    page.push(stored.commit);
  }
  return page;
}
