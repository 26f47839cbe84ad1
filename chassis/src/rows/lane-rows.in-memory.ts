import { type LaneId, laneKey } from '../commit.ts';
import { idsUp } from '../read-model/merge-range.ts';
import type { LaneRows, OutcomeRow, StreamRow } from './lane-rows.ts';

type Rows = {
  readonly streams: Map<string, StreamRow>;
  readonly outcomes: Map<string, OutcomeRow>;
  checkpoint: number;
};

const putNewer = <Row extends { readonly version: number }>(
  rows: Map<string, Row>,
  id: string,
  row: Row,
) => {
  if (row.version > (rows.get(id)?.version ?? 0)) rows.set(id, row);
};

/**
 * Rows that live as long as the returned functions: for simulations and specifications. Nothing is
 * forgotten.
 */
export function inMemoryLaneRows(): LaneRows {
  const lanes = new Map<string, Rows>();
  const rowsOf = (lane: LaneId): Rows => {
    const known = lanes.get(laneKey(lane));
    if (known) return known;
    const rows = { streams: new Map(), outcomes: new Map(), checkpoint: 0 };
    lanes.set(laneKey(lane), rows);
    return rows;
  };

  return {
    checkpoint: async (lane) => rowsOf(lane).checkpoint,
    streams: async (lane, names) => names.map((name) => rowsOf(lane).streams.get(name)),
    outcomes: async (lane, ids) => ids.map((id) => rowsOf(lane).outcomes.get(id)),
    outcomeIds: async (lane, after, limit) =>
      idsUp([...rowsOf(lane).outcomes.keys()], { prefix: '', after, limit }),
    streamNames: async (lane, prefix, after, limit) =>
      idsUp([...rowsOf(lane).streams.keys()], { prefix, after, limit }),
    async due(lane, until, limit) {
      const due = [...rowsOf(lane).streams.values()].flatMap((row) =>
        row.due !== undefined && row.due < until ? [{ stream: row.stream, due: row.due }] : [],
      );
      return due.sort((a, b) => a.due - b.due).slice(0, limit);
    },
    async write(lane, batch) {
      const rows = rowsOf(lane);
      for (const row of batch.streams) putNewer(rows.streams, row.stream, row);
      for (const row of batch.outcomes) putNewer(rows.outcomes, row.id, row);
      rows.checkpoint = Math.max(rows.checkpoint, batch.checkpoint ?? 0);
    },
  };
}
