/** Where a live stream stands: `<epoch>.<position>`; positions compare only within one epoch. */
export type Cursor = {
  readonly text: string;
  readonly epoch: string;
  readonly position: number;
};

/** Errors: a cursor whose position is no number is a breach of the subgraph's contract, thrown. */
export const parseCursor = (text: unknown): Cursor => {
  if (typeof text !== 'string') throw new Error('A live message came without its cursor.');
  const dot = text.lastIndexOf('.');
  const position = Number(text.slice(dot + 1));
  if (!Number.isSafeInteger(position)) throw new Error('A live cursor has no position.');
  return { text, epoch: text.slice(0, Math.max(dot, 0)), position };
};

/** True when everything up to `other` is included; of another epoch nothing is. */
export const reaches = (cursor: Cursor, other: Cursor): boolean =>
  cursor.epoch === other.epoch && cursor.position >= other.position;
