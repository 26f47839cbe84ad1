import type { LeaseTable } from '../src/leases/lease-table.ts';
import { Injected } from './faults.ts';

/** A way to a lease table that can break: calls fail and nothing is seen. */
export function breakableTable(table: LeaseTable) {
  let broken = false;
  const over = <Result>(call: () => Promise<Result>): Promise<Result> =>
    broken ? Promise.reject(new Injected('cut')) : call();
  return {
    cut() {
      broken = true;
    },
    heal() {
      broken = false;
    },
    table: {
      ttlMs: table.ttlMs,
      put: (key, holder, revision) => over(() => table.put(key, holder, revision)),
      get: (key) => over(() => table.get(key)),
      remove: (key, revision) => over(() => table.remove(key, revision)),
      watch: (listener) =>
        table.watch((key, row) => {
          if (!broken) listener(key, row);
        }),
    } satisfies LeaseTable,
  };
}
