/** What every adapter of a lane's rows must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaneId } from '../commit.ts';
import type { LaneRows, OutcomeRow, RowBatch, StreamRow } from './lane-rows.ts';

export type LaneRowsUnderTest = {
  readonly rows: LaneRows;
  /** Closes the store and opens it again. */
  reopen(): Promise<LaneRows>;
  close(): Promise<void>;
  /** Changes a stored state past the adapter; undefined where nothing is stored. */
  readonly spoilState: ((stream: string) => Promise<void>) | undefined;
};

const lane: LaneId = { context: 'inventory', lane: 0 };
const otherLane: LaneId = { context: 'inventory', lane: 1 };
const farFuture = 4_000_000_000_000;

const stream = (name: string, version: number, due?: number): StreamRow => ({
  ...{ stream: name, version, state: JSON.stringify({ name, version }), due },
});
const outcome = (id: string, version: number): OutcomeRow => ({
  ...{ id, version, input: `input ${id}`, outcome: { accepted: { id } }, keepUntil: farFuture },
});
const batch = (part: Partial<RowBatch>): RowBatch => ({
  ...{ streams: [], outcomes: [], checkpoint: undefined },
  ...part,
});

const pageIds = 10;

async function inPages(pageAfter: (after: string) => Promise<readonly string[]>) {
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const page = await pageAfter(after);
    seen.push(...page);
    after = page.at(-1) ?? after;
    if (page.length < pageIds) return seen;
  }
}

export function laneRowsContract(name: string, open: () => Promise<LaneRowsUnderTest>): void {
  describe(`lane rows: ${name}`, () => {
    let under: LaneRowsUnderTest;
    let rows: LaneRows;
    beforeEach(async () => {
      under = await open();
      rows = under.rows;
    });
    afterEach(() => under.close());

    const dueIn = (until: number, limit = 10) => rows.due(lane, until, limit);

    it('know nothing at first', async () => {
      expect(await rows.checkpoint(lane)).toBe(0);
      expect(await rows.streams(lane, ['sku/A'])).toEqual([undefined]);
      expect(await rows.outcomes(lane, ['k'])).toEqual([undefined]);
      expect(await rows.outcomeIds(lane, '', 10)).toEqual([]);
      expect(await rows.streamNames(lane, 'sku/', '', 10)).toEqual([]);
      expect(await dueIn(farFuture)).toEqual([]);
    });

    it('give back in the order asked what was written, also after they were opened again', async () => {
      const streams = [stream('sku/A', 1, 5), stream('sku/B', 2)];
      const outcomes = [outcome('k1', 1), outcome('k2', 2)];
      await rows.write(lane, { streams, outcomes, checkpoint: 2 });
      for (const open of [async () => rows, under.reopen]) {
        const each = await open();
        expect(await each.streams(lane, ['sku/B', 'sku/X', 'sku/A'])).toEqual([
          ...[streams[1], undefined, streams[0]],
        ]);
        expect(await each.outcomes(lane, ['k2', 'kx', 'k1'])).toEqual([
          ...[outcomes[1], undefined, outcomes[0]],
        ]);
        expect(await each.checkpoint(lane)).toBe(2);
      }
    });

    it('are written only over a lower version', async () => {
      await rows.write(lane, batch({ streams: [stream('sku/A', 5, 50)], checkpoint: 5 }));
      await rows.write(lane, batch({ outcomes: [outcome('k', 5)] }));
      const older = { streams: [stream('sku/A', 4)], outcomes: [outcome('k', 4)], checkpoint: 4 };
      await rows.write(lane, older);
      const same = { ...stream('sku/A', 5), state: '"other"' };
      await rows.write(lane, batch({ streams: [same] }));
      expect(await rows.streams(lane, ['sku/A'])).toEqual([stream('sku/A', 5, 50)]);
      expect(await rows.outcomes(lane, ['k'])).toEqual([outcome('k', 5)]);
      expect(await rows.checkpoint(lane)).toBe(5);
      await rows.write(lane, batch({ streams: [stream('sku/A', 6)], checkpoint: 6 }));
      expect(await rows.streams(lane, ['sku/A'])).toEqual([stream('sku/A', 6)]);
    });

    it('belong to one lane', async () => {
      await rows.write(lane, {
        ...{ streams: [stream('sku/A', 1, 5)], outcomes: [outcome('k', 1)], checkpoint: 1 },
      });
      expect(await rows.streams(otherLane, ['sku/A'])).toEqual([undefined]);
      expect(await rows.outcomes(otherLane, ['k'])).toEqual([undefined]);
      expect(await rows.outcomeIds(otherLane, '', 10)).toEqual([]);
      expect(await rows.due(otherLane, farFuture, 10)).toEqual([]);
      expect(await rows.checkpoint(otherLane)).toBe(0);
    });

    it('say who is to be woken before a time, soonest first, until they no longer are', async () => {
      const streams = [stream('a', 1, 30), stream('b', 1, 10), stream('c', 1), stream('d', 1, 20)];
      await rows.write(lane, batch({ streams }));
      expect(await dueIn(30)).toEqual([
        { stream: 'b', due: 10 },
        { stream: 'd', due: 20 },
      ]);
      expect(await dueIn(31, 1)).toEqual([{ stream: 'b', due: 10 }]);
      await rows.write(lane, batch({ streams: [stream('b', 2), stream('d', 2, 40)] }));
      expect(await dueIn(farFuture)).toEqual([
        { stream: 'a', due: 30 },
        { stream: 'd', due: 40 },
      ]);
    });

    it('list the ids of outcomes in order, in pages', async () => {
      const ids = Array.from(
        { length: 25 },
        (_, at) => `caller\nTake\nk${String(at).padStart(2, '0')}`,
      );
      await rows.write(lane, batch({ outcomes: ids.toReversed().map((id) => outcome(id, 1)) }));
      expect(await inPages((after) => rows.outcomeIds(lane, after, pageIds))).toEqual(ids);
    });

    it('list the names of streams that begin so, in order, in pages', async () => {
      const names = Array.from(
        { length: 25 },
        (_, at) => `claim/alc_${String(at).padStart(2, '0')}`,
      );
      const others = ['claim/alb_z', 'claim/res_00', 'sku/alc_1'];
      const streams = [...others, ...names.toReversed()].map((each) => stream(each, 1));
      await rows.write(lane, batch({ streams }));
      await rows.write(otherLane, batch({ streams: [stream('claim/alc_99', 1)] }));
      const page = (after: string) => rows.streamNames(lane, 'claim/alc_', after, pageIds);
      expect(await inPages(page)).toEqual(names);
    });

    it('list ids in the order of their bytes, as far as characters go', async () => {
      const ids = ['A', 'a', 'z', 'ä', '\u{ffe5}', '\u{1f600}'];
      await rows.write(lane, batch({ outcomes: ids.map((id) => outcome(id, 1)) }));
      expect(await rows.outcomeIds(lane, '', 10)).toEqual(ids);
      expect(await rows.outcomeIds(lane, '\u{ffe5}', 10)).toEqual(['\u{1f600}']);
    });

    it('take a big batch, and the checkpoint after all of it', async () => {
      const names = Array.from({ length: 1_234 }, (_, at) => `sku/${at}`);
      const written = rows.write(lane, {
        streams: names.map((each) => stream(each, 7)),
        outcomes: names.map((each) => outcome(each, 7)),
        checkpoint: 7,
      });
      await written;
      expect((await rows.streams(lane, names)).every((row) => row?.version === 7)).toBe(true);
      expect(await rows.outcomeIds(lane, '', 2_000)).toHaveLength(1_234);
      expect(await rows.checkpoint(lane)).toBe(7);
    });

    it('find a row that is not what was written', async ({ skip }) => {
      if (!under.spoilState) return skip();
      await rows.write(lane, batch({ streams: [stream('sku/A', 1), stream('sku/B', 1)] }));
      await under.spoilState('sku/A');
      rows = await under.reopen();
      expect(await rows.streams(lane, ['sku/B'])).toHaveLength(1);
      await expect(rows.streams(lane, ['sku/A'])).rejects.toThrow(/sku\/A/);
    });
  });
}
