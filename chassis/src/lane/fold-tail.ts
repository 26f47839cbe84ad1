/** A lane's state from its rows and the commits after its checkpoint. */
import type { Instant } from '../clock.ts';
import { type Commit, genesisHash, idOfEvent, type LaneId, laneKey } from '../commit.ts';
import { type EventLog, type Head, readPages, StoreCorrupt } from '../log/event-log.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import type { LaneStreams } from './lane-streams.ts';
import type { Outcomes } from './outcomes.ts';

export type Folded = {
  readonly head: Head;
  /** The time of the last commit; 0 for an empty lane. */
  readonly at: Instant;
  readonly checkpoint: number;
  /** Streams that the tail has changed. */
  readonly streams: ReadonlySet<string>;
};

export async function foldTail(from: {
  readonly lane: LaneId;
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly streams: LaneStreams;
  readonly outcomes: Outcomes;
}): Promise<Folded> {
  const { lane, log, rows, streams, outcomes } = from;
  const checkpoint = await rows.checkpoint(lane);
  const head = await log.head(lane);
  if (head.version < checkpoint) {
    throw rowsKnowMore(lane, head.version, checkpoint);
  }
  const changed = new Set<string>();
  // From the checkpoint itself: its hash begins the chain and its time is the least the lane may
  // show.
  let last: { version: number; hash: string; at: Instant } = {
    version: Math.max(0, checkpoint - 1),
    hash: genesisHash,
    at: 0,
  };
  for await (const page of tail(log, lane, Math.max(1, checkpoint), streams)) {
    await loadChanged(page, streams);
    for (const commit of page) {
      // What the checkpoint's own commit follows is not read.
      const follows = commit.version === checkpoint && checkpoint > 1 ? undefined : last.hash;
      if (commit.version !== last.version + 1 || commit.prevHash !== (follows ?? commit.prevHash)) {
        throw new StoreCorrupt(`the chain of ${laneKey(lane)} breaks at ${commit.version}`);
      }
      last = commit;
      if (commit.version <= checkpoint) continue;
      foldCommit(commit, streams, changed);
      outcomes.keepFrom(commit);
    }
  }
  return {
    head: { version: last.version, hash: last.hash },
    at: last.at,
    checkpoint,
    streams: changed,
  };
}

/**
 * To the end of the log, and on to the newest row that was read meanwhile: another owner may be
 * writing both.
 */
async function* tail(
  log: EventLog,
  lane: LaneId,
  fromVersion: number,
  streams: LaneStreams,
): AsyncGenerator<readonly Commit[]> {
  let next = fromVersion;
  do {
    const begun = next;
    for await (const page of readPages(log, lane, next)) {
      next += page.length;
      yield page;
    }
    if (next === begun && streams.newestRead() >= next) {
      throw rowsKnowMore(lane, next - 1, streams.newestRead());
    }
  } while (streams.newestRead() >= next);
}

const rowsKnowMore = (lane: LaneId, logged: number, known: number) =>
  new StoreCorrupt(`the log of ${laneKey(lane)} ends at ${logged}, but its rows know ${known}`);

const changedStreams = ({ entries }: Commit): readonly string[] =>
  entries.filter(({ events }) => events.length > 0).map(({ stream }) => stream);

/** All of a page at once: each asking of a store costs a way there and back. */
const loadChanged = (page: readonly Commit[], streams: LaneStreams): Promise<boolean> =>
  streams.load(streams.missing([...new Set(page.flatMap(changedStreams))]));

function foldCommit(commit: Commit, streams: LaneStreams, changed: Set<string>): void {
  const names = new Set(changedStreams(commit));
  // A row may include more than the checkpoint says; what it includes is not folded twice.
  const lacking = new Set([...names].filter((name) => streams.lacks(name, commit.version)));
  let index = 0;
  let actor = '';
  for (const entry of commit.entries) {
    const { stream, command, events } = entry;
    actor = command?.actor ?? actor;
    let at = 0;
    const id = () => idOfEvent(commit, entry, at, index);
    const place = { at: commit.at, actor, id };
    for (const event of events) {
      if (lacking.has(stream)) streams.evolve(stream, event, commit.version, place);
      at += 1;
      index += 1;
    }
    if (lacking.has(stream)) changed.add(stream);
  }
}
