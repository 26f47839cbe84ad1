/**
 * A log taken over into another number of lanes. What happened stays as it was, with the ids that
 * its events have; which lane it belongs to now, only its context knows. Pure.
 */
import type { Instant } from '../clock.ts';
import {
  type CommandRecord,
  type Commit,
  type DomainEvent,
  type Entry,
  eventId,
  genesisHash,
  idOfEvent,
  type LaneId,
  laneKey,
  type Outcome,
} from '../commit.ts';
import type { Head } from '../log/event-log.ts';
import { addEntry, closeCommit, openCommit } from '../log/open-commit.ts';

export type RecordedFact = {
  readonly stream: string;
  readonly event: DomainEvent;
  readonly id: string;
};

/** One command with everything that it did. */
export type RecordedCommand = {
  /** Undefined for what no command did. */
  readonly record: CommandRecord | undefined;
  readonly outcome: Outcome | undefined;
  /** Of its first entry. */
  readonly stream: string;
  readonly at: Instant;
  readonly facts: readonly RecordedFact[];
};

export type PlacedFact = {
  readonly lane: number;
  readonly stream: string;
  readonly event: DomainEvent;
  /** Undefined for a fact that only lanes tell each other: it is given an id of its own. */
  readonly id: string | undefined;
};

export type PlacedCommand = {
  /** Where a retry will look for its outcome. */
  readonly home: number;
  readonly facts: readonly PlacedFact[];
};

/** What a context says of its own. Knows nothing but the command: a log is read once. */
export type PlaceCommand = (command: RecordedCommand, laneCount: number) => PlacedCommand;

/** Stream of the entry that a log begins with where it was taken over from other lanes. */
export const sourceStream = 'source/log';

/** Its commands, each with its events in order. */
function commandsOf(commit: Commit): RecordedCommand[] {
  const commands: (RecordedCommand & { readonly facts: RecordedFact[] })[] = [];
  let index = 0;
  for (const entry of commit.entries) {
    const { stream, command, outcome, events } = entry;
    if (command || commands.length === 0) {
      commands.push({ record: command, outcome, stream, at: commit.at, facts: [] });
    }
    for (const [at, event] of events.entries()) {
      commands.at(-1)?.facts.push({ stream, event, id: idOfEvent(commit, entry, at, index) });
      index += 1;
    }
  }
  return commands;
}

type Gathered = { readonly stream: string; readonly events: DomainEvent[]; readonly ids: string[] };

/** By lane, then a stream at a time in the order in which the streams come. */
function gather(facts: readonly PlacedFact[], newId: () => string) {
  const lanes = new Map<number, Map<string, Gathered>>();
  for (const { lane, stream, event, id = newId() } of facts) {
    const streams = lanes.get(lane) ?? new Map<string, Gathered>();
    lanes.set(lane, streams);
    const gathered = streams.get(stream) ?? { stream, events: [], ids: [] };
    streams.set(stream, gathered);
    gathered.events.push(event);
    gathered.ids.push(id);
  }
  return lanes;
}

/** @returns by lane, what a commit of the old lane has for it */
export function relaneCommit(
  commit: Commit,
  laneCount: number,
  place: PlaceCommand,
): ReadonlyMap<number, readonly Entry[]> {
  const relaned = new Map<number, Entry[]>();
  // Beyond the events that it has: no event was ever called so, and none will be (`takeOver`).
  let next = commit.entries.reduce((sum, { events }) => sum + events.length, 0);
  const newId = () => {
    next += 1;
    return eventId(commit, next - 1);
  };
  for (const command of commandsOf(commit)) {
    const { record, outcome, stream } = command;
    const { home, facts } = place(command, laneCount);
    const lanes = gather(facts, newId);
    if (outcome && !lanes.has(home)) lanes.set(home, new Map());
    for (const [lane, streams] of lanes) {
      const entries = relaned.get(lane) ?? [];
      relaned.set(lane, entries);
      // The outcome in one lane alone: elsewhere nobody may take the key for spent.
      const kept = lane === home ? outcome : undefined;
      const cause = { ...(record && { command: record }), ...(kept && { outcome: kept }) };
      if (streams.size === 0) entries.push({ stream, ...cause, events: [] });
      let first = true;
      for (const gathered of streams.values()) {
        entries.push({ ...(first && cause), ...gathered });
        first = false;
      }
    }
  }
  return relaned;
}

export type TakeOver = {
  /** The first commit of each lane; it holds the heads of the source. */
  readonly begin: readonly Commit[];
  /** What the next commit of the source becomes. */
  carry(commit: Commit): readonly Commit[];
  head(lane: number): Head;
};

/**
 * Takes over the log of one lane, commit by commit. Lane 0 has a commit for each of the source's,
 * if need be an empty one: so whatever it records later has a version, and with it ids, that the
 * source never had.
 *
 * @param at of the source's first commit
 */
export function takeOver(options: {
  readonly context: string;
  readonly laneCount: number;
  readonly source: readonly (LaneId & Head)[];
  readonly at: Instant;
  /** Names the first commits. */
  readonly commitId: string;
  readonly place: PlaceCommand;
}): TakeOver {
  const { context, laneCount, place } = options;
  const heads = Array.from({ length: laneCount }, (): Head => ({ version: 0, hash: genesisHash }));
  const headOf = (lane: number): Head => {
    const head = heads[lane];
    if (!head) throw new Error(`${laneKey({ context, lane })} is no lane of ${laneCount}`);
    return head;
  };

  const append = (lane: number, at: Instant, commitId: string, entries: readonly Entry[]) => {
    const after = headOf(lane);
    const open = openCommit(after.version + 1, at);
    for (const entry of entries) addEntry(open, entry);
    const commit = closeCommit({ context, lane }, open, after, commitId);
    heads[lane] = { version: commit.version, hash: commit.hash };
    return commit;
  };

  const command = { type: 'ImportLog', by: 'holdfast import', actor: 'operator' };
  const source: Entry = {
    ...{ stream: sourceStream, command, outcome: { accepted: { heads: options.source } } },
    events: [],
  };
  return {
    begin: heads.map((_, lane) => append(lane, options.at, options.commitId, [source])),
    carry(commit) {
      const relaned = relaneCommit(commit, laneCount, place);
      const lanes = [...new Set([0, ...relaned.keys()])];
      return lanes.map((lane) => append(lane, commit.at, commit.commitId, relaned.get(lane) ?? []));
    },
    head: headOf,
  };
}
