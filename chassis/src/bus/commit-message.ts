/**
 * A commit as one message: a line of JSON that names it, then its body as the log has it, so that
 * what the hash is over is never written a second time.
 */
import {
  type Commit,
  type CommitRecord,
  chainHash,
  decodeCommit,
  encodeBodyStart,
} from '../commit.ts';
import type { KnownCommits } from './known-commits.ts';

type Head = Omit<CommitRecord, 'body'>;

const newline = 0x0a;

export function encodeCommitMessage(commit: CommitRecord): Uint8Array {
  const { context, lane, version, commitId, prevHash, hash, body } = commit;
  const head = JSON.stringify({ context, lane, version, commitId, prevHash, hash });
  return Buffer.from(`${head}\n${body}`);
}

/**
 * @param known those that need not be read again; what is read joins them
 * @returns undefined for what is not a commit with its own hash
 */
export function parseCommitMessage(bytes: Uint8Array, known?: KnownCommits): Commit | undefined {
  const at = bytes.indexOf(newline);
  if (at < 0) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const head = JSON.parse(text.toString('utf8', 0, at)) as unknown;
    if (!isHead(head)) return undefined;
    const seen = known?.find(head);
    if (seen) return seen;
    const body = text.toString('utf8', at + 1);
    if (chainHash(head.prevHash, head, head.version, body) !== head.hash) return undefined;
    const { context, lane, version, commitId, prevHash, hash } = head;
    // Of all that names a commit, the hash holds this one only as a part of the body.
    if (!body.startsWith(encodeBodyStart(commitId))) return undefined;
    const commit = decodeCommit({ context, lane, version, commitId, prevHash, hash, body });
    if (!isWhole(commit)) return undefined;
    known?.add(commit);
    return commit;
  } catch {
    // Not JSON: whoever wrote it, it is no commit of ours.
    return undefined;
  }
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { context, lane, version, commitId, prevHash, hash } = value as Partial<Head>;
  const texts = [context, commitId, prevHash, hash];
  return (
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(lane) &&
    Number.isSafeInteger(version)
  );
}

/** Anybody can hash: what the body says is looked at as well. */
const isWhole = ({ at, entries }: Commit): boolean =>
  Number.isSafeInteger(at) &&
  Array.isArray(entries) &&
  entries.every(
    (entry: { readonly stream?: unknown; readonly events?: unknown } | null) =>
      typeof entry?.stream === 'string' && Array.isArray(entry.events),
  );
