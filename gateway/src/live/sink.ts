/** What the hub writes to: one client's live operation, whatever carries it. */
import type { GraphQLError } from 'graphql';
import type { Cursor } from './cursor.ts';

/** One socket or stream. Everything of a tick leaves it in one write. */
export type Lane = { flush(): void };

export type Sink = {
  readonly lane: Lane;
  /** False while the client has not taken what it was sent; the hub then waits and conflates. */
  room(): boolean;
  /**
   * Adds a result to what the lane writes at its next flush.
   *
   * @param body JSON in UTF-8, one character a byte (`wireText`)
   * @param resumeAt where the client may resume after this; undefined in the midst of a snapshot
   */
  next(body: string, resumeAt: Cursor | undefined): void;
  /** The last call: the operation ends with these errors. */
  fail(errors: readonly GraphQLError[]): void;
  /** The last call: the client is too slow for a stream that may not drop; it may come again. */
  overflow(): void;
};

/** A string whose characters are the bytes of `text` in UTF-8: to be written as latin1. */
export const wireText = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
