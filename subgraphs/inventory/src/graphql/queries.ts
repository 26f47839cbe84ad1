import { orOverloaded } from '@holdfast/chassis/lane/or-overloaded';
import {
  type ChannelCode,
  defaultChannel,
  laneOfPlace,
  parseChannelCode,
  parseClaimId,
  parseSku,
  placeOfId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { shownUnits } from '@holdfast/schema/quantities';
import { locationsOf } from '../catalog/catalog.ts';
import { streamsToShow } from '../looks.ts';
import type { StockDocument } from '../projections/availability.ts';
import type { PagedMovement } from '../reads.ts';
import { badUserInput, type InventoryContext, mustSeeStock } from './context.ts';
import { instant, shownAvailability, shownLocation, shownPosition } from './shown.ts';

export const skusMax = 200;
const pageDefault = 20;
const pageMax = 100;

/** @throws BAD_USER_INPUT for a channel that does not exist */
export function existingChannel(
  code: string | null | undefined,
  context: InventoryContext,
): ChannelCode {
  const channel = code == null ? defaultChannel : parseChannelCode(code);
  if (channel !== undefined && locationsOf(context.reads.catalog(), channel)) return channel;
  throw badUserInput('channel: there is no such channel');
}

/** @throws BAD_USER_INPUT for too many */
export function askedSkus(skus: readonly string[]): readonly (Sku | undefined)[] {
  if (skus.length > skusMax) throw badUserInput(`skus: at most ${skusMax}, not ${skus.length}`);
  return skus.map(parseSku);
}

/** Stocks in the order asked: from memory when all are there, else read together. */
function stocksOf(skus: readonly (Sku | undefined)[], context: InventoryContext) {
  const found: (StockDocument | undefined)[] = [];
  for (const sku of skus) {
    const known = sku === undefined ? undefined : context.reads.peekStock(sku);
    if (known === 'unread') return readStocks(skus, context);
    found.push(known);
  }
  return found;
}

const readStocks = (skus: readonly (Sku | undefined)[], context: InventoryContext) =>
  Promise.all(skus.map((sku) => (sku === undefined ? undefined : context.stocks.load(sku))));

function availabilities(
  skus: readonly (Sku | undefined)[],
  code: string | null | undefined,
  context: InventoryContext,
) {
  const channel = existingChannel(code, context);
  const shown = (stocks: readonly (StockDocument | undefined)[]) => {
    const now = context.now();
    return stocks.map((stock) => {
      const availability = context.reads.availability(stock, channel, now);
      return availability ? shownAvailability(availability, now, context) : null;
    });
  };
  const found = stocksOf(skus, context);
  return found instanceof Promise ? found.then(shown) : shown(found);
}

type Args = Readonly<Record<string, never>>;

export const queries = {
  /** At once where memory has it all, as it mostly does: waiting a tick costs more than looking. */
  availability(
    _: unknown,
    args: { readonly skus: readonly string[]; readonly channel?: string | null },
    context: InventoryContext,
  ) {
    const skus = askedSkus(args.skus);
    const behind = context.upToDate(skus);
    const found = () => availabilities(skus, args.channel, context);
    return behind ? behind.then(found) : found();
  },

  async item(_: unknown, args: { readonly sku: string }, context: InventoryContext) {
    const sku = parseSku(args.sku);
    if (sku === undefined) return null;
    await context.upToDate([sku]);
    const known = await context.stocks.load(sku);
    return known?.stock.exists ? { __typename: 'Item', sku } : null;
  },

  async reservation(_: unknown, args: { readonly id: string }, context: InventoryContext) {
    const id = parseClaimId(args.id);
    if (id === undefined) return null;
    const { ledger, now } = context;
    const lane = laneOfPlace(placeOfId(id), ledger.count);
    const streams = streamsToShow(id, ledger.count);
    const look = ledger.read(lane, streams, 'hold', { claim: id, now: now() });
    const seen = await orOverloaded(look, context.request);
    return seen.shown ?? null;
  },

  async stockPositions(_: unknown, args: { readonly sku: string }, context: InventoryContext) {
    mustSeeStock(context);
    const sku = parseSku(args.sku);
    if (sku === undefined) return [];
    await context.upToDate([sku]);
    const { stock } = (await context.stocks.load(sku)) ?? {};
    if (!stock?.exists) return [];
    const catalog = context.reads.catalog();
    const now = context.now();
    return [...stock.positions.keys()].map((code) => shownPosition(stock, code, catalog, now));
  },

  async stockMovements(
    _: unknown,
    args: { readonly sku: string; readonly first?: number | null; readonly after?: string | null },
    context: InventoryContext,
  ) {
    mustSeeStock(context);
    const first = args.first ?? pageDefault;
    if (first < 1 || first > pageMax)
      throw badUserInput(`first: from 1 to ${pageMax}, not ${first}`);
    const sku = parseSku(args.sku);
    const after = args.after == null ? undefined : fromCursor(args.after);
    const page = { after, limit: first + 1 };
    const found = sku === undefined ? [] : await context.movements(sku, page);
    return pageOf(found.slice(0, first), found.length > first, context);
  },
} satisfies Record<
  string,
  (parent: unknown, args: Args & never, context: InventoryContext) => unknown
>;

const toCursor = (id: string) => Buffer.from(id).toString('base64url');
const fromCursor = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

function pageOf(page: readonly PagedMovement[], hasNextPage: boolean, context: InventoryContext) {
  const last = page.at(-1);
  const catalog = context.reads.catalog();
  return {
    nodes: page.map(({ document: { at, location, units, reference, ...movement } }) => ({
      ...movement,
      at: instant(at),
      location: location === undefined ? null : shownLocation(catalog, location),
      quantity: Math.sign(units) * shownUnits(Math.abs(units)),
      reference: reference ?? null,
    })),
    pageInfo: { hasNextPage, endCursor: last ? toCursor(last.id) : null },
  };
}
