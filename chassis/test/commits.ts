/** Commits as a lane would make them, for suites that have no lane. */
import {
  type Commit,
  chainHash,
  type DomainEvent,
  encodeBody,
  type LaneId,
} from '../src/commit.ts';
import type { EventLog, Head } from '../src/log/event-log.ts';

export type Happened = DomainEvent & { readonly units?: number };

let commitIds = 0;

/** One entry for each stream; the same arguments give the same content under another commit id. */
export function commitAfter(
  head: Head,
  lane: LaneId,
  events: Readonly<Record<string, readonly Happened[]>>,
  at = 1_000 + head.version,
): Commit {
  commitIds += 1;
  const commitId = `commit-${commitIds}`;
  const command = { type: 'Test', by: 'test', actor: 'test' };
  const entries = Object.entries(events).map(([stream, happened]) => ({
    ...{ stream, command, outcome: { accepted: null } },
    events: happened,
  }));
  const version = head.version + 1;
  const encoded = entries.map((entry) => JSON.stringify(entry));
  const body = encodeBody(commitId, at, encoded);
  const hash = chainHash(head.hash, lane, version, body);
  return { ...lane, version, commitId, at, prevHash: head.hash, hash, body, entries };
}

export const happened = (units: number): Happened => ({ type: 'Happened', units });

/** Appends one commit after the log's head. */
export async function appendNext(
  log: EventLog,
  lane: LaneId,
  events: Readonly<Record<string, readonly Happened[]>>,
): Promise<Commit> {
  const commit = commitAfter(await log.head(lane), lane, events);
  if ((await log.append(commit)) !== 'appended') throw new Error('somebody else appends');
  return commit;
}
