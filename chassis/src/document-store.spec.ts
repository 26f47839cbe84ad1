import { expect, it } from 'vitest';
import { asJson } from './document-cache.ts';
import { documentStore } from './document-store.ts';
import type { ReadModel } from './read-model.ts';
import { scriptedClock } from './scripted-clock.ts';

it('writes what comes after a write that took long, and another one behind it', async () => {
  const clock = scriptedClock();
  const slow = Promise.withResolvers<void>();
  const written: string[][] = [];
  const store = documentStore<{ readonly at: number }>({
    ...{ clock, documentsMax: 100, appendOnly: [], text: asJson(), positions: () => [] },
    writtenBefore: undefined,
    readModel: {
      async write(rows) {
        written.push(rows.map(({ id }) => id));
        await slow.promise;
      },
    } as Partial<ReadModel> as ReadModel,
  });
  const change = async (id: string) => {
    const cached = store.cache.put('things', id, undefined);
    Object.assign(cached, { document: { at: 1 }, version: 1 });
    store.cache.changed(cached);
    void store.afterCommit();
    await clock.advance(1_500);
  };
  for (const id of ['a', 'b', 'c']) await change(id);
  expect(written).toEqual([['a']]);
  slow.resolve();
  await clock.settle();
  await change('d');
  expect(written).toEqual([['a'], ['b', 'c'], ['d']]);
});
