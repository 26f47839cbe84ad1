/** What the main thread and the writing thread say to each other. */
import type { MessagePort } from 'node:worker_threads';

export type WriterData = {
  readonly file: string;
  readonly port: MessagePort;
  /** While others have work it gets little of a processor: for what nobody waits for. */
  readonly isPatient: boolean;
};

export type Value = string | number | null | Uint8Array;

/**
 * One statement for many rows: `head` and `tail` around a list of tuples, `INSERT … VALUES (?, ?),
 * (?, ?) ON CONFLICT …`. Values stand one after the other, `width` for each row. Many rows are
 * given as one text, the JSON of that list: it crosses threads several times faster than its many
 * small texts.
 */
export type WriteStatement = {
  readonly head: string;
  readonly tail: string;
  readonly width: number;
  readonly values: readonly Value[] | RowsText;
};

export type RowsText = { readonly rows: number; readonly text: string };

/** Statements that belong together. */
export type WriteJob = readonly WriteStatement[];

export function rowsOf({ width, values }: WriteStatement): number {
  if ('text' in values) return values.rows;
  return width === 0 ? 1 : values.length / width;
}

export const valuesOf = ({ values }: WriteStatement): readonly Value[] =>
  'text' in values ? (JSON.parse(values.text) as Value[]) : values;

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
