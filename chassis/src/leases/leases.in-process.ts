/** Leases between several contexts or tests in one process: they share one table. */
import type { Clock } from '../clock.ts';
import type { LeaseListener, LeaseRow, LeaseTable } from './lease-table.ts';

type Row = LeaseRow & { readonly cancelEnd: () => void };

/** The table that they share; `createLeases` over it is one of its processes. */
export function inProcessLeaseTable(clock: Clock, ttlMs: number): LeaseTable {
  const rows = new Map<string, Row>();
  const listeners = new Set<LeaseListener>();
  let revisions = 0;

  const tell: LeaseListener = (key, row) => {
    for (const listener of listeners) listener(key, row);
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
      tell(key, { holder, revision: revisions });
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
      for (const [key, { holder, revision }] of rows) listener(key, { holder, revision });
      return () => listeners.delete(listener);
    },
  };
}
