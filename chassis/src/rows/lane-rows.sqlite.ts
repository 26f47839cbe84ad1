import type { Outcome } from '../commit.ts';
import { StoreCorrupt } from '../log/event-log.ts';
import { rowSum } from '../row-sum.ts';
import type { Value, WriteJob, WriteStatement } from '../sqlite/sqlite-jobs.ts';
import type { Row, SqliteStore } from '../sqlite/sqlite-store.ts';
import { sqliteLaneLists } from './lane-lists.sqlite.ts';
import type { LaneRows, StreamRow } from './lane-rows.ts';

const upsertStream = {
  head: 'INSERT INTO streams (context, lane, stream, version, due, sum, state) VALUES ',
  tail: ` ON CONFLICT DO UPDATE SET version = excluded.version, due = excluded.due,
    sum = excluded.sum, state = excluded.state WHERE excluded.version > streams.version`,
  width: 7,
};
const upsertOutcome = {
  head: 'INSERT INTO outcomes (context, lane, id, version, keep_until, input, outcome) VALUES ',
  tail: ` ON CONFLICT DO UPDATE SET version = excluded.version, keep_until = excluded.keep_until,
    input = excluded.input, outcome = excluded.outcome WHERE excluded.version > outcomes.version`,
  width: 7,
};
const upsertCheckpoint = {
  head: 'INSERT INTO checkpoints (context, lane, version) VALUES ',
  tail: ` ON CONFLICT DO UPDATE SET version = excluded.version
    WHERE excluded.version > checkpoints.version`,
  width: 3,
};
// A bounded part of what may go, at each checkpoint: forgetting must not make anybody wait.
const forgetOutcomes = {
  head: `DELETE FROM outcomes WHERE (context, lane, id) IN
    (SELECT context, lane, id FROM outcomes WHERE (context, lane) = `,
  tail: ' AND keep_until < unixepoch() * 1000 LIMIT 500)',
  width: 2,
};
// What one transaction takes along without making those wait who share it.
const partRows = 150;

function streamFromRow(row: Row): StreamRow {
  const [stream, version, state] = [String(row.stream), Number(row.version), String(row.state)];
  if (rowSum(stream, version, state) !== row.sum) {
    throw new StoreCorrupt(`the row of ${stream} is not what was written: its sum does not match`);
  }
  return { stream, version, state, due: row.due === null ? undefined : Number(row.due) };
}

export function sqliteLaneRows(store: SqliteStore): LaneRows {
  return {
    async checkpoint({ context, lane }) {
      const sql = 'SELECT version FROM checkpoints WHERE context = ? AND lane = ?';
      return Number(store.one(sql, context, lane)?.version ?? 0);
    },

    async streams({ context, lane }, names) {
      const sql = 'SELECT * FROM streams WHERE context = ? AND lane = ? AND stream = ?';
      return names.map((name) => {
        const row = store.one(sql, context, lane, name);
        return row && streamFromRow(row);
      });
    },

    async outcomes({ context, lane }, ids) {
      const sql = 'SELECT * FROM outcomes WHERE context = ? AND lane = ? AND id = ?';
      return ids.map((id) => {
        const row = store.one(sql, context, lane, id);
        return (
          row && {
            id,
            input: String(row.input),
            outcome: JSON.parse(String(row.outcome)) as Outcome,
            version: Number(row.version),
            keepUntil: Number(row.keep_until),
          }
        );
      });
    },

    ...sqliteLaneLists(store),

    async write({ context, lane }, batch) {
      const streams = inParts(batch.streams, upsertStream, ({ stream, version, state, due }) => {
        const sum = rowSum(stream, version, state);
        return [context, lane, stream, version, due ?? null, sum, state];
      });
      const outcomes = inParts(batch.outcomes, upsertOutcome, (row) => {
        const { id, version, keepUntil, input, outcome } = row;
        return [context, lane, id, version, keepUntil, input, JSON.stringify(outcome)];
      });
      await Promise.all([...streams, ...outcomes].map(store.rows.writeLater));
      if (batch.checkpoint === undefined) return;
      // After the rows that earn it.
      await store.rows.writeLater([
        { ...upsertCheckpoint, values: [context, lane, batch.checkpoint] },
        { ...forgetOutcomes, values: [context, lane] },
      ]);
    },
  };
}

/** Rows of one shape as jobs of bounded size. */
function inParts<Kept>(
  rows: readonly Kept[],
  statement: Omit<WriteStatement, 'values'>,
  valuesOf: (row: Kept) => readonly Value[],
): WriteJob[] {
  const parts: WriteJob[] = [];
  for (let at = 0; at < rows.length; at += partRows) {
    const part = rows.slice(at, at + partRows);
    const text = JSON.stringify(part.flatMap(valuesOf));
    parts.push([{ ...statement, values: { rows: part.length, text } }]);
  }
  return parts;
}
