/** What every adapter of the log must do, faults included. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendNext, commitAfter, happened } from '#test/commits.ts';
import type { LaneId } from '../commit.ts';
import { verifyChain } from '../stored/verify-chain.ts';
import { type EventLog, type Head, readFrom, StoreCorrupt } from './event-log.ts';

export type EventLogUnderTest = {
  readonly log: EventLog;
  /** Another adapter over the same store, as another process has it. */
  another(): EventLog;
  /** Closes the store and opens it again. */
  reopen(): Promise<EventLog>;
  close(): Promise<void>;
  /** Changes one bit of a stored body, past the adapter; undefined where nothing is stored. */
  readonly flipBit: ((lane: LaneId, version: number) => Promise<void>) | undefined;
  /**
   * Closes the store and starts a process that appends to its lane `inventory:0` as fast as it can
   * and prints the version of each acknowledged commit on a line; undefined where nothing outlives
   * a process.
   */
  readonly appendElsewhere: (() => Promise<ChildProcess>) | undefined;
};

const lane: LaneId = { context: 'inventory', lane: 0 };
const events = { 'sku/A': [happened(1), happened(2)] };

const all = async (log: EventLog, of = lane) => Array.fromAsync(readFrom(log, of, 1, 7));

export function eventLogContract(name: string, open: () => Promise<EventLogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let under: EventLogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      under = await open();
      log = under.log;
    });
    afterEach(() => under.close());

    it('begins empty, at version 0 and the genesis hash', async () => {
      expect(await log.head(lane)).toEqual({ version: 0, hash: '' });
      expect(await log.read(lane, 1, 10)).toEqual([]);
    });

    it('gives back what was appended, also after it was opened again', async () => {
      const commit = await appendNext(log, lane, events);
      expect(await log.read(lane, 1, 10)).toEqual([commit]);
      log = await under.reopen();
      expect(await log.read(lane, 1, 10)).toEqual([commit]);
      expect(await log.head(lane)).toMatchObject({ version: 1, hash: commit.hash });
    });

    it('refuses a version that another commit has', async () => {
      const first = await appendNext(log, lane, events);
      const second = commitAfter({ version: 0, hash: '' }, lane, events);
      expect(await log.append(second)).toBe('taken');
      expect(await log.read(lane, 1, 10)).toEqual([first]);
    });

    it('says taken when a commit whose answer was lost comes again, and shows it', async () => {
      const commit = await appendNext(log, lane, events);
      expect(await under.another().append(commit)).toBe('taken');
      const [winner] = await log.read(lane, 1, 1);
      expect(winner?.commitId).toBe(commit.commitId);
      expect(await log.head(lane)).toMatchObject({ version: 1 });
    });

    it('keeps lanes and contexts apart', async () => {
      const others = [
        { context: 'inventory', lane: 1 },
        { context: 'orders', lane: 0 },
      ];
      for (const each of [lane, ...others]) await appendNext(log, each, events);
      for (const each of [lane, ...others]) {
        expect(await log.read(each, 1, 10)).toMatchObject([{ ...each, version: 1 }]);
      }
    });

    it('reads in pages, in order, dense', async () => {
      for (let count = 0; count < 40; count += 1) await appendNext(log, lane, events);
      log = await under.reopen();
      expect((await log.read(lane, 11, 3)).map(({ version }) => version)).toEqual([11, 12, 13]);
      expect(await log.read(lane, 41, 3)).toEqual([]);
      const versions = (await all(log)).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
      expect(await verifyChain(lane, await all(log))).toMatchObject({
        ...{ commits: 40, events: 80, breach: undefined },
      });
    });

    it('has one winner for each version when four append at once', async () => {
      const writers = [log, under.another(), under.another(), under.another()];
      const wins = writers.map(() => 0);
      for (let version = 1; version <= 25; version += 1) {
        const head: Head = await log.head(lane);
        const results = await Promise.all(
          writers.map((writer) => writer.append(commitAfter(head, lane, events))),
        );
        expect(results.filter((result) => result === 'appended')).toHaveLength(1);
        wins[results.indexOf('appended')]! += 1;
      }
      expect(wins.reduce((sum, each) => sum + each)).toBe(25);
      expect(await verifyChain(lane, await all(log))).toMatchObject({ commits: 25 });
      for (const writer of writers) expect(await all(writer)).toEqual(await all(log));
    });

    it('hints that something was appended, once it can be read', async () => {
      const hinted: number[] = [];
      const stop = log.onAppended(async (at, version) => {
        expect([at, version]).toEqual([lane, 1]);
        hinted.push((await log.read(at, 1, 10)).length);
      });
      await appendNext(log, lane, events);
      await expect.poll(() => hinted).toEqual([1]);
      stop();
      await appendNext(log, lane, events);
      expect(hinted).toEqual([1]);
    });

    it('finds a flipped bit', async ({ skip }) => {
      if (!under.flipBit) return skip();
      for (let count = 0; count < 3; count += 1) await appendNext(log, lane, events);
      await under.flipBit(lane, 2);
      log = await under.reopen();
      expect(await log.read(lane, 1, 1)).toHaveLength(1);
      await expect(log.read(lane, 1, 10)).rejects.toThrow(StoreCorrupt);
      const report = await verifyChain(lane, readFrom(log, lane, 1, 1));
      expect(report).toMatchObject({ commits: 1, breach: { version: 2 } });
    });

    it('has every acknowledged commit, and none torn, after kill -9 in mid-append', async ({
      skip,
    }) => {
      if (!under.appendElsewhere) return skip();
      for (let round = 0; round < 3; round += 1) {
        const acknowledged = await killWhileAppending(await under.appendElsewhere());
        log = await under.reopen();
        const report = await verifyChain(lane, await all(log));
        expect(report.breach).toBeUndefined();
        expect(acknowledged).toBeGreaterThan(0);
        expect(report.commits).toBeGreaterThanOrEqual(acknowledged);
      }
    });
  });
}

/** The last version that the process said was durable before it was killed. */
async function killWhileAppending(child: ChildProcess): Promise<number> {
  const closed = once(child, 'close');
  let output = '';
  child.stdout?.setEncoding('utf8');
  for await (const text of child.stdout ?? []) {
    output += text;
    if (output.split('\n').length > 50) child.kill('SIGKILL');
  }
  await closed;
  // The last line may be cut off.
  const lines = output.split('\n').slice(0, -1);
  return Number(lines.at(-1) ?? 0);
}
