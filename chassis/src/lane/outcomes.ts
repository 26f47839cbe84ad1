/**
 * What was answered under each idempotency key: the recent ones in memory, all kept ones as rows.
 */
import type { Clock, Instant } from '../clock.ts';
import type { CommandRecord, Commit, LaneId, Outcome } from '../commit.ts';
import type { LaneRows, OutcomeRow } from '../rows/lane-rows.ts';
import { type RowFilter, rowFilter } from './row-filter.ts';

const hourMs = 3_600_000;

/** How long an answer is remembered (DESIGN 2): orders 7 days, all else 24 hours. */
export const keepOutcomeMs = (commandType: string): number =>
  commandType.endsWith('Order') || commandType === 'RecordPayment' ? 7 * 24 * hourMs : 24 * hourMs;

export const outcomeId = (record: CommandRecord): string =>
  `${record.by}\n${record.type}\n${record.key}`;

export type Outcomes = {
  /**
   * The answer given, `absent` when there is none for certain, `unknown` when the rows must be
   * asked.
   */
  find(id: string, now: Instant): OutcomeRow | 'absent' | 'unknown';
  /**
   * @returns false, and nothing is taken, when an answer is newer than `knownVersion`: another
   * owner has given it
   */
  load(ids: readonly string[], knownVersion?: () => number): Promise<boolean>;
  /** @param id of the record's outcome; who has it already saves making it again */
  keep(record: CommandRecord, outcome: Outcome, version: number, at: Instant, id?: string): void;
  keepFrom(commit: Commit): void;
  /** Oldest answers that are not yet rows, up to a durable version. */
  unwritten(upToVersion: number, limit: number): readonly OutcomeRow[];
  written(rows: readonly OutcomeRow[]): void;
  /** The version of the oldest answer that is not yet a row. */
  oldestUnwritten(): number | undefined;
  unwrittenCount(): number;
};

export type LaneOutcomes = Outcomes & {
  /** Learns which keys have rows, so that new ones need no look. */
  fillFilter(clock: Clock, stopped: () => boolean): Promise<void>;
};

type State = {
  readonly lane: LaneId;
  readonly rows: LaneRows;
  readonly recentMax: number;
  readonly filter: RowFilter;
  readonly recent: Map<string, OutcomeRow>;
  readonly notYetRows: Set<OutcomeRow>;
  /**
   * Ids that were looked up and had no row; forgotten with the next write, or when there are too
   * many: they are looked up again.
   */
  readonly lookedUp: Set<string>;
  /** Ids of each load under way whose rows, as they were read, are still all there is to know. */
  readonly loads: Set<Set<string>>;
};

/** @param recentMax answers kept in memory although they are rows already, for quick retries */
export function outcomesOf(lane: LaneId, rows: LaneRows, recentMax: number): LaneOutcomes {
  const state: State = {
    ...{ lane, rows, recentMax, filter: rowFilter(), recent: new Map(), notYetRows: new Set() },
    ...{ lookedUp: new Set(), loads: new Set() },
  };
  const { filter, notYetRows } = state;

  const keep: Outcomes['keep'] = (record, outcome, version, at, id = outcomeId(record)) => {
    const { type, key, input } = record;
    if (key === undefined || input === undefined) return;
    add(state, { id, input, outcome, version, keepUntil: at + keepOutcomeMs(type) });
  };

  return {
    find: (id, now) => find(state, id, now),
    load: (ids, knownVersion) => load(state, ids, knownVersion),
    keep,

    keepFrom(commit) {
      for (const { command, outcome } of commit.entries) {
        if (command && outcome) keep(command, outcome, commit.version, commit.at);
      }
    },

    unwritten: (upToVersion, limit) => unwritten(state, upToVersion, limit),
    written: (batch) => written(state, batch),

    oldestUnwritten() {
      for (const row of notYetRows) return row.version;
      return undefined;
    },

    unwrittenCount: () => notYetRows.size,

    fillFilter: (clock, stopped) =>
      filter.fill((after, limit) => rows.outcomeIds(lane, after, limit), clock, stopped),
  };
}

function find(
  { recent, filter, lookedUp }: State,
  id: string,
  now: Instant,
): ReturnType<Outcomes['find']> {
  const row = recent.get(id);
  if (row) return row.keepUntil > now ? row : 'absent';
  return filter.isAbsent(id) || lookedUp.has(id) ? 'absent' : 'unknown';
}

async function load(
  state: State,
  ids: readonly string[],
  knownVersion = () => Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const { lane, rows, recent, recentMax, lookedUp, loads } = state;
  const current = new Set(ids);
  loads.add(current);
  try {
    const found = await rows.outcomes(lane, ids);
    if (found.some((row) => row && row.version > knownVersion())) return false;
    if (lookedUp.size > recentMax) lookedUp.clear();
    ids.forEach((id, at) => {
      const row = found[at];
      if (recent.has(id) || !current.has(id)) return;
      if (row) recent.set(id, row);
      else lookedUp.add(id);
    });
    forgetOldest(state);
    return true;
  } finally {
    loads.delete(current);
  }
}

function add({ filter, notYetRows, recent }: State, row: OutcomeRow): void {
  const { id } = row;
  filter.add(id);
  notYetRows.add(row);
  recent.set(id, row);
}

function unwritten({ notYetRows }: State, upToVersion: number, limit: number): OutcomeRow[] {
  const batch: OutcomeRow[] = [];
  for (const row of notYetRows) {
    if (row.version > upToVersion || batch.length === limit) break;
    batch.push(row);
  }
  return batch;
}

function written(state: State, batch: readonly OutcomeRow[]): void {
  const { lookedUp, notYetRows } = state;
  lookedUp.clear();
  for (const row of batch) notYetRows.delete(row);
  forgetOldest(state);
}

function forgetOldest({ recent, recentMax, notYetRows, loads }: State): void {
  for (const [id, row] of recent) {
    // When the oldest is not yet a row, the younger ones are not either.
    if (recent.size <= recentMax || notYetRows.has(row)) return;
    recent.delete(id);
    for (const current of loads) current.delete(id);
  }
}
