/**
 * What leases are kept in: rows with a revision that end by themselves, seen by every process.
 * `createLeases` makes leases of it, so that the same code runs over every table.
 */

export type LeaseRow = {
  readonly holder: string;
  /** Grows with each write of the row; above 0. */
  readonly revision: number;
};

export type LeaseListener = (key: string, row: LeaseRow | undefined) => void;

export type LeaseTable = {
  /** A row that is not written again goes this long after it was written, or a little later. */
  readonly ttlMs: number;
  /**
   * Writes the row when its revision is still this one; 0 when there must be none.
   * @returns the new revision
   * @throws when it is not known whether it was written; within a second or two
   */
  put(key: string, holder: string, revision: number): Promise<number | 'taken'>;
  /** @throws when it cannot be read just now */
  get(key: string): Promise<LeaseRow | undefined>;
  /** Removes the row when its revision is still this one. @throws as `put` does */
  remove(key: string, revision: number): Promise<void>;
  /**
   * Calls for each row that there is and each write from now on, a removal or an end without a row.
   * Some may be missed.
   */
  watch(listener: LeaseListener): () => void;
};
