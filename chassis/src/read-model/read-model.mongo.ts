import type { Collection } from 'mongodb';
import { StoreCorrupt } from '../log/event-log.ts';
import { tellingAway } from '../mongo/away.mongo.ts';
import { findEach } from '../mongo/find-each.mongo.ts';
import { type MongoStore, workWithinMs } from '../mongo/store.mongo.ts';
import { writeNewer } from '../mongo/write-newer.mongo.ts';
import { rowSum } from '../row-sum.ts';
import type { DocumentRow, Position, Range, ReadModel } from './read-model.ts';

type StoredDocument = {
  /** Collection and id. */
  readonly _id: string;
  readonly version: number;
  readonly sum: number;
  /**
   * null: removed. The version stays, or whoever comes late with an older one would bring it back.
   */
  readonly body: string | null;
};

type StoredPosition = { readonly _id: string; readonly version: number; readonly hash: string };

/**
 * The last character there is: ids that begin with a prefix lie between it and it followed by this.
 */
const beyondAll = '\u{10ffff}';

const keyOf = (collection: string, id: string): string => {
  if (collection.includes('/')) throw new Error(`${collection} is no name of a collection`);
  return `${collection}/${id}`;
};

const positionKey = ({ consumer, context, lane }: Omit<Position, 'version' | 'hash'>) =>
  `${consumer}\n${context}\n${lane}`;

function documentFromStored(collection: string, stored: StoredDocument): DocumentRow | undefined {
  const { _id, version, sum, body } = stored;
  if (rowSum(_id, version, body ?? '') !== sum) {
    throw new StoreCorrupt(`the document ${_id} is not what was written`);
  }
  if (body === null) return undefined;
  return { collection, id: _id.slice(collection.length + 1), version, body };
}

function toStored({ collection, id, version, body }: DocumentRow): StoredDocument {
  const _id = keyOf(collection, id);
  if (body !== undefined && typeof body !== 'string') throw new Error(`${_id} has no text`);
  return { _id, version, sum: rowSum(_id, version, body ?? ''), body: body ?? null };
}

async function readRange(
  documents: Collection<StoredDocument>,
  collection: string,
  { prefix, after, limit, direction }: Range,
): Promise<readonly DocumentRow[]> {
  const [least, most] = [keyOf(collection, prefix), keyOf(collection, prefix + beyondAll)];
  const beyond = after === undefined ? undefined : keyOf(collection, after);
  const up = direction === 'up';
  const lower = up && beyond !== undefined ? { $gt: beyond } : { $gte: least };
  const upper = { $lt: !up && beyond !== undefined ? beyond : most };
  const page = await documents
    .find({ _id: { ...lower, ...upper }, body: { $ne: null } })
    .sort({ _id: up ? 1 : -1 })
    .limit(limit)
    .maxTimeMS(workWithinMs)
    .toArray();
  return page.flatMap((stored) => documentFromStored(collection, stored) ?? []);
}

/** How far each consumer of a context has come. */
export async function positionsIn(store: MongoStore, owner: string): Promise<readonly Position[]> {
  const found: Position[] = [];
  for await (const { _id, version, hash } of store
    .collection<StoredPosition>(owner, 'positions')
    .find()) {
    const [consumer = '', context = '', lane = ''] = _id.split('\n');
    found.push({ consumer, context, lane: Number(lane), version, hash });
  }
  return found;
}

/**
 * What is parked is looked for all the time and is hardly ever there, so it is not kept among the
 * many documents that are.
 */
const placeOf = (collection: string) => (collection.startsWith('parked') ? 'parked' : 'documents');

const documentsIn = (store: MongoStore, owner: string, collection: string) =>
  store.collection<StoredDocument>(owner, placeOf(collection));

/** Documents of all collections whose names begin so. */
export const countDocumentsIn = (
  store: MongoStore,
  owner: string,
  collectionPrefix: string,
): Promise<number> =>
  documentsIn(store, owner, collectionPrefix).countDocuments({
    _id: { $gte: collectionPrefix, $lt: collectionPrefix + beyondAll },
    body: { $ne: null },
  });

/** @param owner the context in whose database the documents are kept */
export function mongoReadModel(store: MongoStore, owner: string): ReadModel {
  const documentsOf = (collection: string) => documentsIn(store, owner, collection);
  const positions = store.collection<StoredPosition>(owner, 'positions');

  return tellingAway({
    async get(collection, ids) {
      const keys = ids.map((id) => keyOf(collection, id));
      const found = await findEach(store, documentsOf(collection), keys);
      return found.map((stored) => stored && documentFromStored(collection, stored));
    },

    range: (collection, range) => readRange(documentsOf(collection), collection, range),

    async position(consumer, { context, lane }) {
      const found = await positions.findOne({ _id: positionKey({ consumer, context, lane }) });
      const { version = 0, hash = '' } = found ?? {};
      return { consumer, context, lane, version, hash };
    },

    async write(rows, moved) {
      for (const [place, some] of Map.groupBy(rows, ({ collection }) => placeOf(collection))) {
        const kept = store.collection<StoredDocument>(owner, place);
        await writeNewer(store, kept, some.map(toStored));
      }
      // After the documents that it speaks of.
      const stored = moved.map((position) => {
        const { version, hash } = position;
        return { _id: positionKey(position), version, hash };
      });
      await writeNewer(store, positions, stored);
    },

    async reset(consumer, collections) {
      // Positions first: after a crash in between the documents are made again, over themselves.
      await positions.deleteMany({
        _id: { $gt: `${consumer}\n`, $lt: `${consumer}\n${beyondAll}` },
      });
      for (const collection of collections) {
        const [least, most] = [keyOf(collection, ''), keyOf(collection, beyondAll)];
        await documentsOf(collection).deleteMany({ _id: { $gte: least, $lt: most } });
      }
    },
  });
}
