import { laneKey } from '../commit.ts';

import { compareIds, inRange } from './merge-range.ts';
import type { DocumentRow, Position, ReadModel } from './read-model.ts';

/** Documents that live as long as the returned functions: for simulations and specifications. */
export function inMemoryReadModel(): ReadModel {
  const collections = new Map<string, Map<string, DocumentRow>>();
  const positions = new Map<string, Position>();

  /** One that is removed is kept as such, as MongoDB's does: it refuses what is older. */
  const putNewer = (row: DocumentRow) => {
    const rows = collections.get(row.collection) ?? new Map<string, DocumentRow>();
    collections.set(row.collection, rows);
    if (row.version > (rows.get(row.id)?.version ?? 0)) rows.set(row.id, row);
  };

  const isThere = (row: DocumentRow | undefined) => row?.body !== undefined;

  return {
    async get(collection, ids) {
      const rows = ids.map((id) => collections.get(collection)?.get(id));
      return rows.map((row) => (isThere(row) ? row : undefined));
    },

    async range(collection, range) {
      const rows = [...(collections.get(collection)?.values() ?? [])];
      const sign = range.direction === 'up' ? 1 : -1;
      return rows
        .filter((row) => isThere(row) && inRange(row.id, range))
        .sort((a, b) => sign * compareIds(a.id, b.id))
        .slice(0, range.limit);
    },

    position: async (consumer, { context, lane }) =>
      positions.get(`${consumer}\n${laneKey({ context, lane })}`) ?? {
        ...{ consumer, context, lane },
        ...{ version: 0, hash: '' },
      },

    async write(documents, moved) {
      for (const row of documents) putNewer(row);
      for (const position of moved) {
        const key = `${position.consumer}\n${laneKey(position)}`;
        if (position.version > (positions.get(key)?.version ?? 0)) positions.set(key, position);
      }
    },

    async reset(consumer, names) {
      for (const name of names) collections.delete(name);
      for (const [key, position] of positions) {
        if (position.consumer === consumer) positions.delete(key);
      }
    },
  };
}
