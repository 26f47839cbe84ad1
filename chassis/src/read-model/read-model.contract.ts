/** What every adapter of the read model must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaneId } from '../commit.ts';
import type { DocumentRow, Position, Range, ReadModel } from './read-model.ts';

export type ReadModelUnderTest = {
  readonly readModel: ReadModel;
  /** Closes the store and opens it again. */
  reopen(): Promise<ReadModel>;
  close(): Promise<void>;
  /** Changes a stored document past the adapter; undefined where nothing is stored. */
  readonly spoilBody: ((id: string) => Promise<void>) | undefined;
};

const lane: LaneId = { context: 'inventory', lane: 0 };

const row = (id: string, version = 1, body: string | undefined = `"${id} ${version}"`) => ({
  ...{ collection: 'stock', id, version, body },
});
const at = (version: number, consumer = 'stock'): Position => ({
  ...{ consumer, ...lane, version, hash: `hash ${version}` },
});

export function readModelContract(name: string, open: () => Promise<ReadModelUnderTest>): void {
  describe(`read model: ${name}`, () => {
    let under: ReadModelUnderTest;
    let readModel: ReadModel;
    beforeEach(async () => {
      under = await open();
      readModel = under.readModel;
    });
    afterEach(() => under.close());

    const put = (...documents: readonly DocumentRow[]) => readModel.write(documents, []);
    const ids = async (range: Partial<Range>) => {
      const page = { prefix: '', limit: 10, direction: 'up' as const, ...range };
      return (await readModel.range('stock', page)).map(({ id }) => id);
    };

    it('knows nothing at first', async () => {
      expect(await readModel.get('stock', ['a'])).toEqual([undefined]);
      expect(await ids({})).toEqual([]);
      expect(await readModel.position('stock', lane)).toEqual({
        ...{ consumer: 'stock', ...lane, version: 0, hash: '' },
      });
    });

    it.each(['now', 'later'] as const)(
      'gives back what was written %s, in the order asked, also after it was opened again',
      async (urgency) => {
        await readModel.write([row('a'), row('b')], [at(3)], urgency);
        for (const open of [async () => readModel, under.reopen]) {
          const each = await open();
          expect(await each.get('stock', ['b', 'x', 'a'])).toEqual([row('b'), undefined, row('a')]);
          expect(await each.position('stock', lane)).toEqual(at(3));
        }
      },
    );

    it('writes a document only over a lower version, and removes it', async () => {
      await put(row('a', 5));
      await put(row('a', 4), row('b', 1));
      await put(row('a', 5, '"other"'));
      expect(await readModel.get('stock', ['a', 'b'])).toEqual([row('a', 5), row('b', 1)]);
      await put(row('a', 6));
      expect(await readModel.get('stock', ['a'])).toEqual([row('a', 6)]);
      await put({ ...row('a', 7), body: undefined }, { ...row('never', 1), body: undefined });
      expect(await readModel.get('stock', ['a'])).toEqual([undefined]);
      await put(row('a', 8));
      expect(await readModel.get('stock', ['a'])).toEqual([row('a', 8)]);
    });

    it('moves a position forwards only, each consumer and lane by itself', async () => {
      await readModel.write([], [at(5), at(2, 'movements')]);
      await readModel.write([], [at(4), { ...at(9), lane: 1 }]);
      expect(await readModel.position('stock', lane)).toEqual(at(5));
      expect(await readModel.position('movements', lane)).toEqual(at(2, 'movements'));
      expect((await readModel.position('stock', { ...lane, lane: 1 })).version).toBe(9);
    });

    it('writes all of it or nothing', async () => {
      const circular: { self?: unknown } = {};
      circular.self = circular;
      // A body that no store can take, behind what it could.
      const broken = { ...row('b'), body: circular as never };
      await readModel.write([row('a'), broken], [at(1)]).catch(() => {});
      const [a, b] = await readModel.get('stock', ['a', 'b']).catch(() => [undefined, undefined]);
      expect([a === undefined, b === undefined]).toEqual([a === undefined, a === undefined]);
      const { version } = await readModel.position('stock', lane);
      expect(version === 1).toBe(a !== undefined);
    });

    it('lists a collection by id, up and down, in pages, by prefix', async () => {
      await put(...['b/2', 'a/1', 'b/10', 'b/1', 'c/1', 'b'].map((id) => row(id)));
      await readModel.write([{ ...row('b/0'), collection: 'other' }], []);
      expect(await ids({})).toEqual(['a/1', 'b', 'b/1', 'b/10', 'b/2', 'c/1']);
      expect(await ids({ prefix: 'b/' })).toEqual(['b/1', 'b/10', 'b/2']);
      expect(await ids({ prefix: 'b/', direction: 'down' })).toEqual(['b/2', 'b/10', 'b/1']);
      expect(await ids({ prefix: 'b/', limit: 2 })).toEqual(['b/1', 'b/10']);
      expect(await ids({ prefix: 'b/', after: 'b/10' })).toEqual(['b/2']);
      expect(await ids({ prefix: 'b/', after: 'b/10', direction: 'down' })).toEqual(['b/1']);
      expect(await ids({ after: 'b', limit: 1 })).toEqual(['b/1']);
    });

    it('orders ids by their bytes, as far as characters go', async () => {
      const ordered = ['A', 'a', 'z', 'ä', '\u{ffe5}', '\u{1f600}'];
      await put(...ordered.toReversed().map((id) => row(id)));
      expect(await ids({})).toEqual(ordered);
      expect(await ids({ after: '\u{ffe5}' })).toEqual(['\u{1f600}']);
      expect(await ids({ prefix: '\u{1f600}' })).toEqual(['\u{1f600}']);
    });

    it('takes much at once', async () => {
      const many = Array.from({ length: 1_111 }, (_, number) => row(`id ${number}`));
      await readModel.write(many, [at(9)], 'later');
      expect(await ids({ limit: 2_000 })).toHaveLength(1_111);
    });

    it('forgets a consumer, and only that one', async () => {
      await readModel.write([row('a')], [at(5), at(2, 'movements')]);
      await readModel.write([{ ...row('m'), collection: 'movements' }], []);
      await readModel.reset('stock', ['stock']);
      expect(await ids({})).toEqual([]);
      expect((await readModel.position('stock', lane)).version).toBe(0);
      expect((await readModel.position('movements', lane)).version).toBe(2);
      expect(await readModel.get('movements', ['m'])).toMatchObject([{ id: 'm' }]);
      await readModel.write([row('a')], [at(1)]);
      expect((await readModel.position('stock', lane)).version).toBe(1);
    });

    it('finds a document that is not what was written', async ({ skip }) => {
      if (!under.spoilBody) return skip();
      await put(row('a'), row('b'));
      await under.spoilBody('a');
      readModel = await under.reopen();
      expect(await readModel.get('stock', ['b'])).toEqual([row('b')]);
      await expect(readModel.get('stock', ['a'])).rejects.toThrow(/stock\/a/);
    });
  });
}
