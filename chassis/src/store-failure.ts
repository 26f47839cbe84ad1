/** The store cannot be used; `message` is one sentence that names the fix. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** What is to be done about a damaged store. */
export const restoreIt = 'restore it from a backup (holdfast verify tells how far it is sound)';

const retryAfterMs = 1_000;

/** For a look that a later one makes up for. @throws every other failure */
export function awayOnly(failure: unknown): 'away' {
  if (failure instanceof StoreAway) return 'away';
  throw failure;
}

/**
 * The store does not answer just now; what was asked may be asked again. Who passes it on to a
 * client says so with its `extensions`, which GraphQL takes over as they are.
 */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  readonly retryAfterMs = retryAfterMs;
  readonly extensions = { code: 'UNAVAILABLE', retryAfterMs };

  /** @param cause left out where it is another process that has met it */
  constructor(cause?: unknown) {
    const message = 'the store does not answer just now; try again';
    super(message, cause === undefined ? {} : { cause });
  }
}
