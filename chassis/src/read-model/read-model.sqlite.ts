import { StoreCorrupt } from '../log/event-log.ts';
import { rowSum } from '../row-sum.ts';
import type { WriteJob } from '../sqlite/sqlite-jobs.ts';
import type { Row, SqliteStore } from '../sqlite/sqlite-store.ts';
import type { DocumentRow, Position, Range, ReadModel } from './read-model.ts';

const upsert = {
  head: 'INSERT INTO documents (collection, id, version, sum, body) VALUES ',
  tail: ` ON CONFLICT DO UPDATE SET version = excluded.version, sum = excluded.sum,
    body = excluded.body WHERE excluded.version > documents.version`,
  width: 5,
};
const remove = {
  head: 'DELETE FROM documents WHERE (collection, id) IN (VALUES ',
  tail: ')',
  width: 2,
};
const advance = {
  head: 'INSERT INTO positions (consumer, context, lane, version, hash) VALUES ',
  tail: ` ON CONFLICT DO UPDATE SET version = excluded.version, hash = excluded.hash
    WHERE excluded.version > positions.version`,
  width: 5,
};

/** What one transaction takes along without making those wait who share it. */
const partRows = 150;

/**
 * The last character there is: ids that begin with a prefix lie between it and it followed by this.
 */
const beyondAll = '\u{10ffff}';

function documentFromRow(row: Row): DocumentRow {
  const { collection, id, version, body } = row;
  if (rowSum(`${collection}/${id}`, Number(version), String(body)) !== row.sum) {
    throw new StoreCorrupt(`the document ${collection}/${id} is not what was written`);
  }
  return {
    collection: String(collection),
    id: String(id),
    version: Number(version),
    body: String(body),
  };
}

function statementsFor(documents: readonly DocumentRow[]): WriteJob {
  const kept = documents.filter(({ body }) => body !== undefined);
  const gone = documents.filter(({ body }) => body === undefined);
  return [
    {
      ...upsert,
      values: kept.flatMap(({ collection, id, version, body = '' }) => [
        ...[collection, id, version],
        ...[rowSum(`${collection}/${id}`, version, body), body],
      ]),
    },
    { ...remove, values: gone.flatMap(({ collection, id }) => [collection, id]) },
  ];
}

const positionValues = ({ consumer, context, lane, version, hash }: Position) => [
  ...[consumer, context, lane],
  ...[version, hash],
];

function rangeQuery({ prefix, after, direction }: Range) {
  const up = direction === 'up';
  const above = up ? after : undefined;
  const below = up ? undefined : after;
  const sql = `SELECT * FROM documents
    WHERE collection = ? AND id ${above === undefined ? '>=' : '>'} ? AND id < ?
    ORDER BY id ${up ? 'ASC' : 'DESC'} LIMIT ?`;
  return { sql, from: above ?? prefix, to: below ?? prefix + beyondAll };
}

export function sqliteReadModel(store: SqliteStore): ReadModel {
  return {
    async get(collection, ids) {
      const sql = 'SELECT * FROM documents WHERE collection = ? AND id = ?';
      return ids.map((id) => {
        const row = store.one(sql, collection, id);
        return row && documentFromRow(row);
      });
    },

    async range(collection, range) {
      const { sql, from, to } = rangeQuery(range);
      return store.all(sql, collection, from, to, range.limit).map(documentFromRow);
    },

    async position(consumer, { context, lane }) {
      const sql =
        'SELECT version, hash FROM positions WHERE consumer = ? AND context = ? AND lane = ?';
      const row = store.one(sql, consumer, context, lane);
      return {
        ...{ consumer, context, lane },
        ...{ version: Number(row?.version ?? 0), hash: String(row?.hash ?? '') },
      };
    },

    async write(documents, positions, urgency = 'now') {
      const moved = { ...advance, values: positions.flatMap(positionValues) };
      // A position alone may be lost: what follows it is idempotent.
      if (urgency === 'now' && documents.length > 0) {
        return void (await store.rows.write([...statementsFor(documents), moved]));
      }
      const parts: Promise<number>[] = [];
      for (let at = 0; at < documents.length; at += partRows) {
        parts.push(store.rows.writeLater(statementsFor(documents.slice(at, at + partRows))));
      }
      await Promise.all(parts);
      await store.rows.writeLater([moved]);
    },

    async reset(consumer, collections) {
      await store.rows.write([
        {
          head: 'DELETE FROM documents WHERE collection IN (VALUES ',
          tail: ')',
          width: 1,
          values: collections,
        },
        {
          head: 'DELETE FROM positions WHERE consumer IN (VALUES ',
          tail: ')',
          width: 1,
          values: [consumer],
        },
      ]);
    },
  };
}
