/** What is seen of a lease table: which rows live, and that something has changed. */
import type { Clock } from '../clock.ts';
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
  const { ttlMs } = table;
  const rows = new Map<string, SeenRow>();
  const { tell, onChange, forgetAll } = listenersToChanges();
  let heardAt = clock.now();
  let cancelLook = () => {};

  /** Whoever hears again after an outage knows of nobody yet that they have not come back. */
  const hear = (now: number) => {
    if (now - heardAt > silenceMsMax) {
      for (const row of rows.values()) Object.assign(row, { seenAt: now, isTold: false });
    }
    heardAt = now;
  };
  // By what was heard: while nothing is, nobody is known to have gone.
  const isLiving = (key: string) => heardAt - (rows.get(key)?.seenAt ?? heardAt) < ttlMs;

  const stopWatching = table.watch((key, row) => {
    hear(clock.now());
    const known = rows.get(key);
    // Last, so that those seen longest ago stand first.
    rows.delete(key);
    if (row) rows.set(key, { ...row, seenAt: heardAt, isTold: false });
    // A renewal is no change.
    if (known?.holder !== row?.holder || known?.isTold) tell();
  });

  const look = (afterMs: number) => {
    cancelLook = clock.after(afterMs, () => {
      if (noteEnded(rows, heardAt, ttlMs)) tell();
      const oldest = rows.values().find(({ isTold }) => !isTold)?.seenAt ?? clock.now();
      look(Math.max(lookAgainMs, oldest + ttlMs - clock.now()));
    });
  };
  look(ttlMs);

  return {
    keys: (prefix) => [...rows.keys()].filter((key) => key.startsWith(prefix) && isLiving(key)),
    isOver: (key, revision) => rows.get(key)?.revision === revision && !isLiving(key),
    onChange,
    stop() {
      stopWatching();
      cancelLook();
      forgetAll();
    },
  };
}

/** Of a row whose end is not even told later than that nobody speaks any more. */
const forgottenAfter = 2;

/** @returns whether one has ended since it was asked last */
function noteEnded(rows: Map<string, SeenRow>, heardAt: number, ttlMs: number): boolean {
  let hasNews = false;
  for (const [key, row] of rows) {
    const silentMs = heardAt - row.seenAt;
    if (silentMs >= forgottenAfter * ttlMs) rows.delete(key);
    else if (silentMs >= ttlMs && !row.isTold) hasNews = row.isTold = true;
  }
  return hasNews;
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
