/**
 * The store does not answer, or not in time. Nothing is known of what it was asked, and the same
 * may be asked again; what is broken, here or in the store, is never told so.
 */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  /** What GraphQL tells a client, wherever it was thrown (INTERFACE "Error codes"). */
  readonly extensions = { code: 'UNAVAILABLE' } as const;

  /** @param cause left out where it is another process that has met it */
  constructor(cause?: unknown) {
    super('the store does not answer; ask again', cause === undefined ? {} : { cause });
  }
}
