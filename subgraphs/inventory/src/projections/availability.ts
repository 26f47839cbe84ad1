/**
 * What every process of inventory knows for answering: each SKU's stock and the catalog, folded
 * from the log by the same functions as the owner's. One figure, one function: `availabilityOf`
 * shows what a reservation is decided by.
 */
import type { Recorded } from '@holdfast/chassis/commit';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { ChannelCode, LocationCode, Sku } from '@holdfast/schema/identifiers';
import {
  type Catalog,
  catalogId,
  catalogKind,
  emptyCatalog,
  evolveCatalog,
  locationsOf,
  rulesOf,
} from '../catalog/catalog.ts';
import type { CatalogEvent } from '../catalog/events.ts';
import type { StockEvent } from '../stock/events.ts';
import { firstEnd } from '../stock/holds.ts';
import { availableToPromise } from '../stock/position.ts';
import { emptyStock, evolveStock, type Stock, stockKind } from '../stock/stock.ts';
import { positionOfEvent } from './live-position.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type StockDocument = {
  readonly stock: Stock;
  readonly position: number;
  /** What was answered last, for whoever asks while nothing has changed. */
  answered: Availability | undefined;
  /** When the first hold ends, which is no fact; undefined when there is none. */
  answeredUntil: Instant | undefined;
};
export type CatalogDocument = { readonly catalog: Catalog; readonly place: number };
export type AvailabilityDocument = StockDocument | CatalogDocument;

/** Of a document that nobody has asked about yet. */
export const unanswered = { answered: undefined, answeredUntil: undefined };

export const stockCollection = 'stock';
export const catalogCollection = 'catalog';

export const availabilityProjection = {
  name: 'availability',
  collections: [stockCollection, catalogCollection],

  keysOf({ stream }: Recorded) {
    const prefix = prefixOfStream(stream);
    if (prefix === stockKind.prefix)
      return [{ collection: stockCollection, id: idOfStream(stream) }];
    if (prefix === catalogKind.prefix) return [{ collection: catalogCollection, id: catalogId }];
    return [];
  },

  evolve(
    document: AvailabilityDocument | undefined,
    { event, index, at }: Recorded,
    key: { readonly collection: string; readonly id: string },
    place: number,
  ): AvailabilityDocument {
    if (key.collection === catalogCollection) {
      const catalog = document && 'catalog' in document ? document.catalog : emptyCatalog();
      return { catalog: evolveCatalog(catalog, event as CatalogEvent), place };
    }
    const stock = document && 'stock' in document ? document.stock : emptyStock(key.id);
    return {
      stock: evolveStock(stock, event as StockEvent, { at }),
      position: positionOfEvent(place, index),
      ...unanswered,
    };
  },

  placed(document: AvailabilityDocument, { index }: Recorded, place: number): AvailabilityDocument {
    if ('catalog' in document) return { ...document, place };
    return { ...document, position: positionOfEvent(place, index) };
  },

  text: {
    encode(document: AvailabilityDocument): string {
      if ('catalog' in document) return `${document.place} ${catalogKind.encode(document.catalog)}`;
      return `@${document.position} ${stockKind.encode(document.stock)}`;
    },

    decode(text: string): AvailabilityDocument {
      const blank = text.indexOf(' ');
      const rest = text.slice(blank + 1);
      return text.startsWith('@')
        ? {
            stock: stockKind.decode(rest),
            position: Number(text.slice(1, blank)),
            ...unanswered,
          }
        : { place: Number(text.slice(0, blank)), catalog: catalogKind.decode(rest) };
    },
  },
};

export type StockStatus = 'IN_STOCK' | 'LOW_STOCK' | 'BACKORDER' | 'OUT_OF_STOCK';

export type LocationAvailability = {
  readonly location: LocationCode;
  readonly status: StockStatus;
  readonly availableToPromise: number;
};

export type Availability = {
  readonly sku: Sku;
  readonly channel: ChannelCode;
  readonly status: StockStatus;
  readonly availableToPromise: number;
  readonly byLocation: readonly LocationAvailability[];
  readonly version: number;
};

/**
 * What may be promised of a SKU in a channel, per location and in sum: channel ATP = sum of its
 * locations' ATP, each of them at least 0.
 *
 * @returns undefined for a SKU or a channel that does not exist
 */
export function availabilityOf(
  stock: Stock | undefined,
  catalog: Catalog,
  channel: ChannelCode,
  now: Instant,
): Availability | undefined {
  const locations = locationsOf(catalog, channel);
  if (!stock?.exists || !locations) return undefined;
  const { safetyStock, lowStockAt, backorder } = rulesOf(catalog, stock.productClass);
  const statusOf = (promisable: number): StockStatus => {
    if (promisable > lowStockAt) return 'IN_STOCK';
    if (promisable > 0) return 'LOW_STOCK';
    return backorder === 'UNLIMITED' ? 'BACKORDER' : 'OUT_OF_STOCK';
  };
  let sum = 0;
  const byLocation: LocationAvailability[] = [];
  for (const location of locations) {
    const position = stock.positions.get(location);
    if (!position) continue;
    const promisable = availableToPromise(position, safetyStock, now);
    sum += promisable;
    byLocation.push({ location, status: statusOf(promisable), availableToPromise: promisable });
  }
  return {
    ...{ sku: stock.sku, channel, status: statusOf(sum), availableToPromise: sum, byLocation },
    version: versionOf(stock, catalog),
  };
}

/** The same as `availabilityOf`, worked out once while nothing that it is made of changes. */
export function knownAvailability(
  document: StockDocument | undefined,
  catalog: Catalog,
  channel: ChannelCode,
  now: Instant,
): Availability | undefined {
  if (!document) return undefined;
  const { answered, answeredUntil, stock } = document;
  if (
    answered?.channel === channel &&
    answered.version === versionOf(stock, catalog) &&
    isBefore(now, answeredUntil)
  ) {
    return answered;
  }
  const availability = availabilityOf(stock, catalog, channel, now);
  const until = firstEndOf(stock);
  // A hold that has ended and is not swept yet would count again for a clock that is set back.
  document.answered = isBefore(now, until) ? availability : undefined;
  document.answeredUntil = until;
  return availability;
}

const isBefore = (now: Instant, end: Instant | undefined): boolean =>
  end === undefined || now < end;

/** Both only grow, so that their sum is the same only while both are. */
const versionOf = (stock: Stock, catalog: Catalog): number => stock.version + catalog.version;

function firstEndOf({ positions }: Stock): Instant | undefined {
  let first: Instant | undefined;
  for (const { holds } of positions.values()) {
    const end = firstEnd(holds);
    if (end !== undefined && (first === undefined || end < first)) first = end;
  }
  return first;
}
