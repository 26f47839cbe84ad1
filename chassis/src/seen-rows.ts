/** What is seen of a lease table: which rows live, and that something has changed. */
import type { Clock } from './clock.ts';
import type { LeaseTable } from './lease-table.ts';

/** How often it is looked whether a row has ended of which nobody told us. */
const lookEveryMs = 250;
/** The table may take a moment to end a row. */
const endsLateMs = 250;

export type SeenRows = {
  /** Keys of the living rows that begin so. */
  keys(prefix: string): readonly string[];
  onChange(listener: () => void): () => void;
  stop(): void;
};

export function seenRows(options: { readonly table: LeaseTable; readonly clock: Clock }): SeenRows {
  const { table, clock } = options;
  const rows = new Map<string, { readonly holder: string; readonly seenAt: number }>();
  const listeners = new Set<() => void>();
  let cancelLook = () => {};

  const tell = () => {
    for (const listener of listeners) listener();
  };

  const stopWatching = table.watch((key, holder) => {
    const known = rows.get(key);
    if (holder === undefined) rows.delete(key);
    else rows.set(key, { holder, seenAt: clock.now() });
    // A renewal is no change.
    if (known?.holder !== holder) tell();
  });

  const look = () => {
    cancelLook = clock.after(lookEveryMs, () => {
      const oldest = clock.now() - table.ttlMs - endsLateMs;
      const before = rows.size;
      for (const [key, { seenAt }] of rows) if (seenAt < oldest) rows.delete(key);
      if (rows.size < before) tell();
      look();
    });
  };
  look();

  return {
    keys: (prefix) => [...rows.keys()].filter((key) => key.startsWith(prefix)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopWatching();
      cancelLook();
      listeners.clear();
    },
  };
}
