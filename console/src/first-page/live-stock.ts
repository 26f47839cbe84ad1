export interface Availability {
  readonly sku: string;
  readonly status: string;
  readonly availableToPromise: number;
  readonly version: number;
  readonly asOf: string;
  readonly item: { readonly name: string | null } | null;
}

/** What `availabilityChanged` sends. */
export type StockMessage =
  | {
      readonly __typename: 'AvailabilitySnapshot';
      readonly availabilities: readonly Availability[];
      readonly complete: boolean;
      readonly cursor: string;
    }
  | {
      readonly __typename: 'AvailabilityChange';
      readonly availability: Availability;
      readonly cursor: string;
    }
  | { readonly __typename: 'Heartbeat'; readonly cursor: string }
  | { readonly __typename: 'Reset' };

/** What has been heard so far. */
export interface LiveStock {
  readonly bySku: ReadonlyMap<string, Availability>;
  /** Where to resume; null until a whole snapshot has come. */
  readonly cursor: string | null;
}

export const nothingHeard: LiveStock = { bySku: new Map(), cursor: null };

/** Values are absolute and may come late or twice: the higher version stays. */
const keepHighest = (
  known: ReadonlyMap<string, Availability>,
  heard: readonly Availability[],
): ReadonlyMap<string, Availability> => {
  const bySku = new Map(known);
  for (const availability of heard) {
    const before = bySku.get(availability.sku);
    if (before === undefined || availability.version > before.version) {
      bySku.set(availability.sku, availability);
    }
  }
  return bySku;
};

export const hear = (stock: LiveStock, message: StockMessage): LiveStock => {
  switch (message.__typename) {
    case 'AvailabilitySnapshot':
      return {
        bySku: keepHighest(stock.bySku, message.availabilities),
        // Resuming after a part would leave the other parts out.
        cursor: message.complete ? message.cursor : null,
      };
    case 'AvailabilityChange':
      return {
        bySku: keepHighest(stock.bySku, [message.availability]),
        cursor: stock.cursor === null ? null : message.cursor,
      };
    case 'Heartbeat':
      return { ...stock, cursor: stock.cursor === null ? null : message.cursor };
    case 'Reset':
      // Another system's versions say nothing about this one's.
      return nothingHeard;
    default:
      return stock; // A kind of message that was added later.
  }
};

const heartbeatMs = 15_000;
const missedHeartbeatsMax = 3;

export type Freshness = 'connecting' | 'live' | 'reconnecting' | 'stale';

/**
 * How far the numbers may be believed, from the silence since the last message; undefined before
 * the first.
 */
export const freshness = (connected: boolean, silenceMs: number | undefined): Freshness => {
  if (silenceMs === undefined) return 'connecting';
  if (silenceMs > heartbeatMs * missedHeartbeatsMax) return 'stale';
  return connected ? 'live' : 'reconnecting';
};
