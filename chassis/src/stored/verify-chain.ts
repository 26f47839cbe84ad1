/** Proves offline that a lane's log is whole: every version there, every hash what it should be. */
import { type Commit, chainHash, genesisHash, type LaneId } from '../commit.ts';
import type { Head } from '../log/event-log.ts';

export type ChainBreach = {
  /** The first version that is not as it should be. */
  readonly version: number;
  readonly rule: 'VersionsDense' | 'ChainUnbroken' | 'ContentUnchanged' | 'Readable';
  /** A sentence for people. */
  readonly detail: string;
};

export type ChainReport = {
  readonly commits: number;
  readonly events: number;
  /** The last commit that is sound. */
  readonly head: Head;
  readonly breach: ChainBreach | undefined;
};

function breachOf(after: Head, lane: LaneId, commit: Commit): ChainBreach | undefined {
  const { version, body, prevHash, hash } = commit;
  const expected = after.version + 1;
  const found = (rule: ChainBreach['rule'], detail: string) => ({
    version: expected,
    rule,
    detail,
  });
  if (version !== expected) {
    return found('VersionsDense', `version ${expected} is missing; the next one is ${version}`);
  }
  if (prevHash !== after.hash) {
    return found('ChainUnbroken', `version ${version} does not follow version ${after.version}`);
  }
  if (chainHash(prevHash, lane, version, body) !== hash) {
    return found('ContentUnchanged', `version ${version} is not what was written`);
  }
  return undefined;
}

/**
 * @param commits the lane's, in order; a failure while they are read is a breach as well
 * @returns counts of what is sound, and the first breach if any
 */
export async function verifyChain(
  lane: LaneId,
  commits: AsyncIterable<Commit> | Iterable<Commit>,
): Promise<ChainReport> {
  const report = { commits: 0, events: 0, head: { version: 0, hash: genesisHash } };
  try {
    for await (const commit of commits) {
      const breach = breachOf(report.head, lane, commit);
      if (breach) return { ...report, breach };
      report.commits += 1;
      for (const { events } of commit.entries) report.events += events.length;
      report.head = { version: commit.version, hash: commit.hash };
    }
  } catch (failure) {
    const version = report.head.version + 1;
    const detail = failure instanceof Error ? failure.message : String(failure);
    return { ...report, breach: { version, rule: 'Readable', detail } };
  }
  return { ...report, breach: undefined };
}
