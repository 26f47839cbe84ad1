/** The one thing that is ever written: what an owner of a lane decided, as one append. */
import { createHash } from 'node:crypto';
import type { Instant } from './clock.ts';

/** The context whose log this is, e.g. `inventory`. */
export type Context = string;

export type LaneId = { readonly context: Context; readonly lane: number };

export const laneKey = ({ context, lane }: LaneId): string => `${context}:${lane}`;

/** Anything with a type; each context has its own closed union. */
export type DomainEvent = { readonly type: string };

/**
 * How a command ended: its answer, or the rule that said no. Kept, so that a retry hears it again.
 */
export type Outcome =
  | { readonly accepted: unknown }
  | { readonly rejected: { readonly type: string } };

/** Who asked for what: the cause of an entry's events. */
export type CommandRecord = {
  readonly type: string;
  /** The caller's id, or the policy or timer that asked. */
  readonly by: string;
  /** The caller's role, for people; never personal data. */
  readonly actor: string;
  readonly key?: string;
  /** A keyed hash of the input, to tell a retry from another request under the same key. */
  readonly input?: string;
  /** The event that caused it, when a policy asked. */
  readonly cause?: string;
  /** Names the request everywhere it goes. */
  readonly trace?: string;
};

export type Entry = {
  readonly stream: string;
  /** In the first entry of a command; the others of the same command follow it. */
  readonly command?: CommandRecord;
  readonly outcome?: Outcome;
  readonly events: readonly DomainEvent[];
  /** Of its events, where they were first recorded in another lane: see `idOfEvent`. */
  readonly ids?: readonly string[];
};

/** A commit as stores keep it: `body` is the JSON text that the hash is over. */
export type CommitRecord = LaneId & {
  /** Dense from 1 in its lane; the fence between two owners. */
  readonly version: number;
  readonly commitId: string;
  readonly prevHash: string;
  readonly hash: string;
  readonly body: string;
};

export type Commit = CommitRecord & { readonly at: Instant; readonly entries: readonly Entry[] };

/** What the first commit of a lane follows. */
export const genesisHash = '';

/** The chain: a changed, missing or reordered commit breaks every hash after it. */
export const chainHash = (
  prevHash: string,
  { context, lane }: LaneId,
  version: number,
  body: string,
): string =>
  // In two parts: to put them together would copy every body once more.
  createHash('sha256')
    .update(`${prevHash}\n${context}:${lane}:${version}\n`)
    .update(body)
    .digest('base64url');

type Body = { readonly commitId: string; readonly at: Instant; readonly entries: readonly Entry[] };

/**
 * @throws SyntaxError when the body is not what `encodeBody` wrote; the hash chain says so first
 */
export function decodeCommit(record: CommitRecord): Commit {
  const { at, entries } = JSON.parse(record.body) as Body;
  return { ...record, at, entries };
}

/** What the body of a commit of that name begins with. */
export const encodeBodyStart = (commitId: string) =>
  `{"commitId":${JSON.stringify(commitId)},"at":`;

/** @param encodedEntries the entries' JSON texts, which the lane made while it decided */
export const encodeBody = (commitId: string, at: Instant, encodedEntries: readonly string[]) =>
  `${encodeBodyStart(commitId)}${at},"entries":[${encodedEntries.join(',')}]}`;

/** The name that an event is given where it is first recorded: see `idOfEvent`. */
export const eventId = (commit: LaneId & { readonly version: number }, index: number): string =>
  `${commit.context}:${commit.lane}:${commit.version}:${index}`;

/**
 * The name of an event everywhere it goes: the same on every path, so that a repeat is recognized,
 * also after its log was taken over into other lanes.
 *
 * @param at in its entry
 * @param index in its commit
 */
export const idOfEvent = (
  commit: LaneId & { readonly version: number },
  { ids }: Entry,
  at: number,
  index: number,
): string => ids?.[at] ?? eventId(commit, index);

/** An event with where and when it was recorded and why. */
export type Recorded<Event extends DomainEvent = DomainEvent> = {
  readonly event: Event;
  readonly id: string;
  readonly stream: string;
  /** Of its commit, in the lane where it is now. */
  readonly version: number;
  /** In its commit. */
  readonly index: number;
  readonly at: Instant;
  readonly command: CommandRecord | undefined;
};

/** All events of a commit in order, each with its cause. */
export function* recordedEvents(commit: Commit): Generator<Recorded> {
  let index = 0;
  let command: CommandRecord | undefined;
  for (const entry of commit.entries) {
    if (entry.command) command = entry.command;
    for (const [place, event] of entry.events.entries()) {
      const id = idOfEvent(commit, entry, place, index);
      const { stream } = entry;
      yield { event, id, stream, version: commit.version, index, at: commit.at, command };
      index += 1;
    }
  }
}
