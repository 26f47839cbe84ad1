/** Commits as lanes make them, without lanes: what a broker is asked to carry. */
import { type Commit, chainHash, decodeCommit, encodeBody } from '@holdfast/chassis/commit';
import type { EventLog, Head } from '@holdfast/chassis/log/event-log';

const event = JSON.stringify({
  ...{ type: 'StockReserved', claim: 'r-0123456789abcdef0123', location: 'BERLIN', units: 3 },
  ...{ expiresAt: 1_790_000_000_000, note: 'x'.repeat(150) },
});

/** About 250 bytes an event. */
export function madeCommit(lane: number, after: Head, events: number): Commit {
  const version = after.version + 1;
  const entry = `{"stream":"sku/A","events":[${Array.from({ length: events }, () => event)}]}`;
  const commitId = `${lane}-${version}`;
  const body = encodeBody(commitId, Date.now(), [entry]);
  const of = { context: 'inventory', lane };
  const hash = chainHash(after.hash, of, version, body);
  return decodeCommit({ ...of, version, commitId, prevHash: after.hash, hash, body });
}

/** Appends commits of one event to lanes of a log at a steady rate, until the result is called. */
export function appendSteadily(log: EventLog, lanes: number, perSecond: number) {
  const heads: Head[] = Array.from({ length: lanes }, () => ({ version: 0, hash: '' }));
  const startedAt = performance.now();
  let appended = 0;
  let stopped = false;
  const appendDue = async () => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    for (; appended < due; appended += 1) {
      const lane = appended % lanes;
      const commit = madeCommit(lane, heads[lane] ?? { version: 0, hash: '' }, 1);
      await log.append(commit);
      heads[lane] = { version: commit.version, hash: commit.hash };
    }
  };
  const appending = (async () => {
    while (!stopped) {
      await appendDue();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  return async (): Promise<readonly Head[]> => {
    stopped = true;
    await appending;
    return heads;
  };
}
