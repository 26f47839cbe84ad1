/**
 * What inventory answers from its projections; everything durable when the question came is
 * included.
 */
import type { Clock } from '@holdfast/chassis/clock';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import type { Projector } from '@holdfast/chassis/projecting/projector';
import type { ChannelCode, Sku } from '@holdfast/schema/identifiers';
import type { Catalog } from './catalog/catalog.ts';
import { heldCatalog } from './held-catalog.ts';
import type { Ledger } from './ledger.ts';
import {
  type Availability,
  type AvailabilityDocument,
  knownAvailability,
  type StockDocument,
  stockCollection,
} from './projections/availability.ts';
import { catalogShows, positionAfter, positionOfCatalog } from './projections/live-position.ts';
import { movementCollection, movementPrefix, type StockMovement } from './projections/movements.ts';
import { type ReadWish, upToDateReads } from './up-to-date.ts';

export type InventoryReads = {
  /** Once, before anything is asked. */
  start(): Promise<void>;
  /**
   * Waits, where need be, for what this process knew to be durable at the time of the call;
   * undefined when nothing is to be waited for.
   *
   * @param wish with a cursor (`Holdfast-After`), also what others have made durable
   */
  upToDate(wish?: ReadWish): Promise<void> | undefined;
  catalog(): Catalog;
  /** Resolves when the catalog includes everything that is in its log now. */
  seesCatalog(log: EventLog): Promise<void>;
  /** In the order asked; undefined for a SKU nobody has heard of. */
  stocks(skus: readonly Sku[]): Promise<readonly (StockDocument | undefined)[]>;
  /** A page of SKUs that orders wait for, and where the next one begins; undefined: the last. */
  waitedFor(after: string | undefined): Promise<WaitedFor>;
  /** From memory; `unread` when it has to be read. */
  peekStock(sku: Sku): StockDocument | undefined | 'unread';
  /** SKUs with the place in the log of their last change, for cursors. */
  changedAt(skus: readonly Sku[]): Promise<readonly (ChangedAt | undefined)[]>;
  /** The place up to which everything is included. */
  position(): number;
  /** Names what positions are compared within, beside the store; undefined with one lane. */
  epoch(): string | undefined;
  movements(
    sku: Sku,
    page: { readonly after: string | undefined; readonly limit: number },
    since?: string,
  ): Promise<readonly PagedMovement[]>;
  availability(
    document: StockDocument | undefined,
    channel: ChannelCode,
    now: number,
  ): Availability | undefined;
};

export type WaitedFor = { readonly skus: readonly Sku[]; readonly after: string | undefined };

const waitedForPage = 500;

export type ChangedAt = {
  readonly document: StockDocument;
  /** Changed after a cursor when this is greater. */
  readonly position: number;
  /** What a message about the change shows as its cursor. */
  readonly shows: number;
};

export type PagedMovement = { readonly id: string; readonly document: StockMovement };

async function waitedForIn(
  availability: Projector<AvailabilityDocument>,
  after: string | undefined,
): Promise<WaitedFor> {
  const from = { prefix: '', limit: waitedForPage, direction: 'up' as const };
  const range = after === undefined ? from : { ...from, after };
  const page = await availability.range(stockCollection, range);
  const skus = page.flatMap(({ document }) =>
    'stock' in document && document.stock.backorders.length > 0 ? [document.stock.sku] : [],
  );
  return { skus, after: page.length < waitedForPage ? undefined : page.at(-1)?.id };
}

const ofStock = (document: AvailabilityDocument | undefined): StockDocument | undefined =>
  document && 'stock' in document ? document : undefined;

/** @param log of lanes that other processes may own; none when all are here */
export function inventoryReads(
  ledger: Ledger,
  availability: Projector<AvailabilityDocument>,
  movements: Projector<StockMovement>,
  clock: Clock,
  log?: EventLog,
): InventoryReads {
  const held = heldCatalog(availability);
  const { reach } = upToDateReads(ledger, clock, log);

  return {
    upToDate: (wish = { after: undefined, skus: [] }) => reach(availability, wish),
    start: held.read,
    catalog: () => held.now().catalog,
    seesCatalog: held.sees,

    stocks: async (skus) => (await availability.read(stockCollection, skus)).map(ofStock),

    waitedFor: (after) => waitedForIn(availability, after),

    peekStock(sku) {
      const known = availability.peek(stockCollection, sku);
      return known ? ofStock(known.document) : 'unread';
    },

    async changedAt(skus) {
      const documents = await availability.read(stockCollection, skus);
      const known = positionAfter(availability.place());
      return documents.map((document) => changeOf(document, held.now().place, known));
    },

    position: () => positionAfter(availability.place()),
    epoch: availability.epoch,

    async movements(sku, { after, limit }, since) {
      await reach(movements, { after: since, skus: [sku] });
      const range = { prefix: movementPrefix(sku), limit, direction: 'down' as const };
      return movements.range(movementCollection, after === undefined ? range : { ...range, after });
    },

    availability: (known, channel, now) =>
      knownAvailability(known, held.now().catalog, channel, now),
  };
}

/** @param known what is told may be of a later place than this process has seen everything up to */
function changeOf(
  document: AvailabilityDocument | undefined,
  catalogPlace: number,
  known: number,
): ChangedAt | undefined {
  if (!document || !('stock' in document) || !document.stock.exists) return undefined;
  const { position } = document;
  const ofCatalog = positionOfCatalog(catalogPlace);
  return position > ofCatalog
    ? { document, position, shows: Math.min(position, known) }
    : { document, position: ofCatalog, shows: Math.min(catalogShows(catalogPlace), known) };
}
