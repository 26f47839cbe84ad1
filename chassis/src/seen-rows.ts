/** What is seen of a lease table: which rows live, and that something has changed. */
import type { Clock } from './clock.ts';
import type { LeaseTable } from './lease-table.ts';

/** How often it is looked whether a row has ended of which nobody told us. */
const lookEveryMs = 250;
/** The table may take a moment to end a row. */
const endsLateMs = 250;
/** Rows are renewed more often than this; who hears of none does not hear. */
const silenceMsMax = 3_000;

export type SeenRows = {
  /** Keys of the living rows that begin so. */
  keys(prefix: string): readonly string[];
  onChange(listener: () => void): () => void;
  stop(): void;
};

export function seenRows(options: { readonly table: LeaseTable; readonly clock: Clock }): SeenRows {
  const { table, clock } = options;
  const rows = new Map<string, { readonly holder: string; seenAt: number }>();
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

  const stopWatching = table.watch((key, holder) => {
    hear(clock.now());
    const known = rows.get(key);
    if (holder === undefined) rows.delete(key);
    else rows.set(key, { holder, seenAt: heardAt });
    // A renewal is no change.
    if (known?.holder !== holder) tell();
  });

  const look = () => {
    cancelLook = clock.after(lookEveryMs, () => {
      // By what was heard: while nothing is, nobody is known to have gone.
      const oldest = heardAt - table.ttlMs - endsLateMs;
      const before = rows.size;
      for (const [key, { seenAt }] of rows) if (seenAt < oldest) rows.delete(key);
      if (rows.size < before) tell();
      look();
    });
  };
  look();

  return {
    keys: (prefix) => [...rows.keys()].filter((key) => key.startsWith(prefix)),
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
