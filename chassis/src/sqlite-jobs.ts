/** What the main thread and the writing thread say to each other. */
export type Value = string | number | null | Uint8Array;

/**
 * One statement for many rows: `head` and `tail` around a list of tuples, `INSERT … VALUES (?, ?),
 * (?, ?) ON CONFLICT …`. Values stand one after the other, `width` for each row: flat lists cross
 * threads several times faster than nested ones.
 */
export type WriteStatement = {
  readonly head: string;
  readonly tail: string;
  readonly width: number;
  readonly values: readonly Value[];
};

/** Statements that belong together. */
export type WriteJob = readonly WriteStatement[];

export const rowsOf = (statement: WriteStatement): number =>
  statement.width === 0 ? 1 : statement.values.length / statement.width;

export type ToWorker =
  | {
      readonly type: 'write';
      readonly jobs: readonly WriteJob[];
      /** Whether it must be on the disk when it is done. */
      readonly synced: boolean;
    }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'open' }
  | { readonly type: 'done'; readonly changes: readonly number[] }
  | { readonly type: 'failed'; readonly text: string; readonly errcode: number }
  | { readonly type: 'closed' };
