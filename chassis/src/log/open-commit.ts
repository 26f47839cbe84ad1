/** The commit that is being filled while the one before it is in flight. */
import type { Instant } from '../clock.ts';
import { type Commit, chainHash, type Entry, encodeBody, eventId, type LaneId } from '../commit.ts';
import type { Head } from './event-log.ts';

/** Something that is told once the commit is durable, or that it was not. */
export type Settle = { readonly durable: () => void; readonly undone: () => void };

export type OpenCommit = {
  readonly version: number;
  readonly at: Instant;
  readonly entries: Entry[];
  readonly encoded: string[];
  readonly settles: Settle[];
  bytes: number;
  commands: number;
  events: number;
};

export const openCommit = (version: number, at: Instant): OpenCommit => ({
  version,
  at,
  entries: [],
  encoded: [],
  settles: [],
  bytes: 0,
  commands: 0,
  events: 0,
});

export function addEntry(open: OpenCommit, entry: Entry): void {
  const encoded = JSON.stringify(entry);
  open.entries.push(entry);
  open.encoded.push(encoded);
  open.bytes += encoded.length;
}

/** The id that the next event of this commit will have. */
export const nextEventId = (lane: LaneId, open: OpenCommit): string =>
  eventId({ ...lane, version: open.version }, open.events);

export function closeCommit(lane: LaneId, open: OpenCommit, after: Head, commitId: string): Commit {
  const { context, lane: number } = lane;
  const body = encodeBody(commitId, open.at, open.encoded);
  return {
    context,
    lane: number,
    version: open.version,
    commitId,
    at: open.at,
    prevHash: after.hash,
    hash: chainHash(after.hash, lane, open.version, body),
    body,
    entries: open.entries,
  };
}
