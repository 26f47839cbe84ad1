/** Looking at a projection's documents: from memory, and from the rows where memory has none. */

import { inRange, type Listed, mergeRange } from '../read-model/merge-range.ts';
import type { DocumentRow, ReadModel } from '../read-model/read-model.ts';
import type { DocumentText } from './document-cache.ts';
import type { DocumentStore } from './document-store.ts';
import type { Projector } from './projector.ts';

export type DocumentReadsOptions<Doc> = {
  readonly readModel: ReadModel;
  readonly appendOnly: readonly string[];
  readonly text: DocumentText<Doc>;
  /** As of now: a rebuild begins with another one. */
  readonly store: () => DocumentStore<Doc>;
};

export function documentReads<Doc>({
  readModel,
  appendOnly,
  text,
  store,
}: DocumentReadsOptions<Doc>): Pick<Projector<Doc>, 'peek' | 'read' | 'range'> {
  const listedFromRow = ({ id, body = '' }: DocumentRow): Listed<Doc> => ({
    ...{ id, document: text.decode(body) },
  });

  const readRows = async (collection: string, ids: readonly string[]) => {
    const rows = await readModel.get(collection, ids);
    const found = rows.flatMap((row) => (row ? [listedFromRow(row)] : []));
    return new Map(found.map((listed) => [listed.id, listed]));
  };

  return {
    peek: (collection, id) => store().cache.find(collection, id),

    async read(collection, ids) {
      const { cache, load } = store();
      const missing = ids.filter((id) => !cache.find(collection, id));
      if (missing.length === 0) return ids.map((id) => cache.find(collection, id)?.document);
      const read = appendOnly.includes(collection)
        ? await readRows(collection, missing)
        : await load(collection, missing);
      return ids.map((id) => (cache.find(collection, id) ?? read.get(id))?.document);
    },

    async range(collection, range) {
      // Before the rows are read: what is written meanwhile may be missing in them.
      const newer = store()
        .cache.unwrittenOf(collection)
        .filter(({ id }) => inRange(id, range));
      const limit = range.limit + newer.length;
      const rows = await readModel.range(collection, { ...range, limit });
      return mergeRange(range, rows.map(listedFromRow), newer);
    },
  };
}
