/** What is seen of a lease table: which rows live, and that something has changed. */
import type { Clock } from './clock.ts';
import type { LeaseRow, LeaseTable } from './lease-table.ts';

/** Again after a row should have been heard of and nothing was. */
const lookAgainMs = 100;
/** Rows are renewed more often than this; who hears of none does not hear. */
const silenceMsMax = 3_000;

export type SeenRows = {
  /** Keys of the living rows that begin so. */
  keys(prefix: string): readonly string[];
  /**
   * Whether a row of that revision was seen so long ago that it must have ended, told or not: a
   * table ends rows up to a third of a second late.
   */
  isOver(key: string, revision: number): boolean;
  onChange(listener: () => void): () => void;
  stop(): void;
};

type SeenRow = LeaseRow & {
  seenAt: number;
  /** That it has ended. */
  isTold: boolean;
};

export function seenRows(options: { readonly table: LeaseTable; readonly clock: Clock }): SeenRows {
  const { table, clock } = options;
  const rows = new Map<string, SeenRow>();
  const { tell, onChange, forgetAll } = listenersToChanges();
  let heardAt = clock.now();
  let cancelLook = () => {};

  /** Whoever hears again after an outage knows of nobody yet that they have not come back. */
  const hear = (now: number) => {
    if (now - heardAt > silenceMsMax) {
      for (const row of rows.values()) row.seenAt = now;
    }
    heardAt = now;
  };
  // By what was heard: while nothing is, nobody is known to have gone.
  const hasEnded = ({ seenAt }: SeenRow) => heardAt - seenAt >= table.ttlMs;

  const stopWatching = table.watch((key, row) => {
    hear(clock.now());
    const known = rows.get(key);
    if (row) rows.set(key, { ...row, seenAt: heardAt, isTold: false });
    else rows.delete(key);
    // A renewal is no change.
    if (known?.holder !== row?.holder || known?.isTold) tell();
  });

  /** @returns when to look again */
  const tellEnded = (now: number): number => {
    let nextAt = now + table.ttlMs;
    let hasNews = false;
    for (const [key, row] of rows) {
      if (!hasEnded(row)) nextAt = Math.min(nextAt, row.seenAt + table.ttlMs);
      else if (heardAt - row.seenAt >= 2 * table.ttlMs) rows.delete(key);
      else hasNews ||= !row.isTold;
      row.isTold = hasEnded(row);
    }
    if (hasNews) tell();
    return nextAt;
  };

  const look = (afterMs: number) => {
    cancelLook = clock.after(afterMs, () => {
      const now = clock.now();
      look(Math.max(lookAgainMs, tellEnded(now) - now));
    });
  };
  look(table.ttlMs);

  return {
    keys: (prefix) =>
      [...rows].flatMap(([key, row]) => (key.startsWith(prefix) && !hasEnded(row) ? [key] : [])),
    isOver(key, revision) {
      const row = rows.get(key);
      return row?.revision === revision && hasEnded(row);
    },
    onChange,
    stop() {
      stopWatching();
      cancelLook();
      forgetAll();
    },
  };
}

function listenersToChanges() {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    forgetAll: () => listeners.clear(),
  };
}
