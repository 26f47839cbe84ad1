/**
 * The port to the logs: an append at the next version or not at all, and reading what is durable.
 */
import type { Commit, CommitRecord, LaneId } from '../commit.ts';

/**
 * `taken`: another commit has this version. It may be this very one, after an unknown outcome:
 * compare commit ids.
 */
export type AppendResult = 'appended' | 'taken';

export type Head = { readonly version: number; readonly hash: string };

export type AppendListener = (lane: LaneId, version: number) => void;

export type EventLog = {
  /**
   * Makes the commit durable at its version, or finds that version taken.
   * @throws when the outcome is unknown: it may be stored or not, now or later. Append the same
   *   commit again.
   */
  append(commit: Commit): Promise<AppendResult>;
  /**
   * Durable commits of a lane from `fromVersion` on, in order, dense, at most `limit`; empty past
   * the end.
   * @throws StoreCorrupt when what is stored cannot be a commit
   */
  read(lane: LaneId, fromVersion: number, limit: number): Promise<readonly Commit[]>;
  /**
   * Version 0 and `genesisHash` for an empty lane. Includes every commit whose append was answered,
   * to whomever, before this call: an owner that is not sure of itself relies on it.
   */
  head(lane: LaneId): Promise<Head>;
  /**
   * Calls `listener` some time after the append of a version became durable: a hint to read up to
   * there, never the truth.
   */
  onAppended(listener: AppendListener): () => void;
};

/** The store holds what Holdfast never wrote. */
export class StoreCorrupt extends Error {
  override readonly name = 'StoreCorrupt';
}

const defaultPageCommits = 256;

/** Durable commits up to the end of the log, page by page; no page is empty. */
export async function* readPages(
  log: EventLog,
  lane: LaneId,
  fromVersion: number,
  pageCommits = defaultPageCommits,
): AsyncGenerator<readonly Commit[]> {
  for (let next = fromVersion; ; ) {
    const page = await log.read(lane, next, pageCommits);
    if (page.length > 0) yield page;
    if (page.length < pageCommits) return;
    next += page.length;
  }
}

/** The version below which nothing is missing, read in pages. */
export async function* readFrom(
  log: EventLog,
  lane: LaneId,
  fromVersion: number,
  pageCommits = defaultPageCommits,
): AsyncGenerator<Commit> {
  for await (const page of readPages(log, lane, fromVersion, pageCommits)) yield* page;
}

export const sameCommit = (a: CommitRecord, b: CommitRecord): boolean => a.commitId === b.commitId;
