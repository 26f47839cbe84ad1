/** Leases between several contexts or tests in one process: they share one table. */
import type { Clock } from './clock.ts';
import type { LeaseRow, LeaseTable } from './lease-table.ts';

type Row = LeaseRow & { readonly cancelEnd: () => void };

/** The table that they share; `createLeases` over it is one of its processes. */
export function inProcessLeaseTable(clock: Clock, ttlMs: number): LeaseTable {
  const rows = new Map<string, Row>();
  const listeners = new Set<(key: string, holder: string | undefined) => void>();
  let revisions = 0;

  const tell = (key: string, holder: string | undefined) => {
    for (const listener of listeners) listener(key, holder);
  };

  const removeRow = (key: string) => {
    rows.get(key)?.cancelEnd();
    if (rows.delete(key)) tell(key, undefined);
  };

  return {
    ttlMs,
    async put(key, holder, revision) {
      const row = rows.get(key);
      if ((row?.revision ?? 0) !== revision) return 'taken';
      row?.cancelEnd();
      revisions += 1;
      const cancelEnd = clock.after(ttlMs, () => removeRow(key));
      rows.set(key, { holder, revision: revisions, cancelEnd });
      tell(key, holder);
      return revisions;
    },
    async get(key) {
      const row = rows.get(key);
      return row && { holder: row.holder, revision: row.revision };
    },
    async remove(key, revision) {
      if (rows.get(key)?.revision === revision) removeRow(key);
    },
    watch(listener) {
      listeners.add(listener);
      for (const [key, { holder }] of rows) listener(key, holder);
      return () => listeners.delete(listener);
    },
  };
}
