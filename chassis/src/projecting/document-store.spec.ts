import { expect, it } from 'vitest';
import { laneKey } from '../commit.ts';
import type { DocumentRow, Position, ReadModel } from '../read-model/read-model.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { asJson } from './document-cache.ts';
import { documentStore } from './document-store.ts';

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
    await clock.advance(3_500);
  };
  for (const id of ['a', 'b', 'c']) await change(id);
  expect(written).toEqual([['a']]);
  slow.resolve();
  await clock.settle();
  await change('d');
  expect(written).toEqual([['a'], ['b', 'c'], ['d']]);
});

/** Of several who write the same each waits a little longer or shorter each time. */
const longestMs = 3_600;

function givenShared() {
  const clock = scriptedClock();
  const lane = { context: 'things', lane: 0 };
  const written: [readonly string[], readonly number[]][] = [];
  const state = { upTo: 0, made: 0, looks: 0 };
  const store = documentStore<{ readonly at: number }>({
    ...{ clock, documentsMax: 100, appendOnly: ['things'], text: asJson() },
    positions: () => [{ consumer: 'facts', ...lane, version: state.made, hash: '' }],
    writtenBefore: async () => {
      state.looks += 1;
      return state.upTo;
    },
    readModel: {
      async write(rows: readonly DocumentRow[], positions: readonly Position[]) {
        if (rows.length + positions.length === 0) return;
        written.push([rows.map(({ id }) => id), positions.map(({ version }) => version)]);
        state.upTo = Math.max(state.upTo, ...positions.map(({ version }) => version));
      },
    } as Partial<ReadModel> as ReadModel,
  });
  const change = (id: string) => {
    state.made += 1;
    const cached = store.cache.put('things', id, undefined);
    Object.assign(cached, { document: { at: 1 }, version: state.made, lane: laneKey(lane) });
    store.cache.changed(cached);
    void store.afterCommit();
  };
  return { clock, written, state, store, change };
}

it('keeps what another process is to write until it has, or does so no more', async () => {
  const { clock, written, state, store, change } = givenShared();
  change('ours');
  await clock.advance(longestMs);
  expect(written.splice(0)).toEqual([[['ours'], [1]]]);

  for (const id of ['theirs', 'left']) change(id);
  state.upTo = 2;
  await clock.advance(longestMs);
  expect(written).toEqual([]);
  expect(store.cache.unwrittenOf('things').map(({ id }) => id)).toEqual(['left']);
  expect(store.cache.find('things', 'theirs')).toBeUndefined();

  await clock.advance(2 * longestMs);
  expect(written).toEqual([]);
  await clock.advance(2 * longestMs);
  expect(written.splice(0)).toEqual([[['left'], [3]]]);

  change('last');
  state.upTo = 3.5;
  await store.stop(Promise.resolve());
  expect(written).toEqual([[['last'], [4]]]);
});

it('leaves much to another process too, and looks no more often for that', async () => {
  const { clock, written, state, change } = givenShared();
  change('ours');
  await clock.advance(longestMs);
  written.splice(0);
  state.looks = 0;
  for (let at = 0; at < 9_000; at += 1) {
    change(`theirs-${at}`);
    if (at % 1_000 === 500) state.upTo = state.made - 200;
    if (at % 10 === 0) await clock.settle();
  }
  expect(written).toEqual([]);
  expect(state.looks).toBeLessThan(10);
});
