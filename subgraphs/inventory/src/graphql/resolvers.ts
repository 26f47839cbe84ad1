/** The map from the schema to what answers it; a line each. */
import { parseSku } from '@holdfast/schema/identifiers';
import type { InventoryContext } from './context.ts';
import { mutations } from './mutations.ts';
import { existingChannel, queries } from './queries.ts';
import { shownAvailability, shownLocation } from './shown.ts';
import { availabilityChanged, type Live } from './subscriptions.ts';

type Keyed<Key extends string> = Readonly<Record<Key, string>>;

async function stockOf(reference: Keyed<'sku'>, context: InventoryContext) {
  const sku = parseSku(reference.sku);
  if (sku === undefined) return undefined;
  const stock = await context.stocks.load(sku);
  return stock?.exists ? stock : undefined;
}

async function availabilityIn(
  reference: Keyed<'sku'>,
  channel: string | null | undefined,
  context: InventoryContext,
) {
  await context.upToDate([parseSku(reference.sku)]);
  const known = existingChannel(channel, context);
  const stock = await stockOf(reference, context);
  const availability = context.reads.availability(stock, known, context.now());
  return availability ? shownAvailability(availability, context) : null;
}

/** A typed refusal names its own type. */
const byTypename = { __resolveType: (value: Keyed<'__typename'>) => value.__typename };

export const createResolvers = (live: Live) => ({
  Query: queries,
  Mutation: mutations,
  Subscription: {
    availabilityChanged: {
      subscribe: (
        _: unknown,
        args: Parameters<typeof availabilityChanged>[0],
        context: InventoryContext,
      ) => availabilityChanged(args, context, live),
      resolve: (message: unknown) => message,
    },
  },
  Item: {
    async __resolveReference(reference: Keyed<'sku'>, context: InventoryContext) {
      await context.upToDate([parseSku(reference.sku)]);
      return (await stockOf(reference, context)) ? { sku: reference.sku } : null;
    },
    name: async (item: Keyed<'sku'>, _: unknown, context: InventoryContext) =>
      (await stockOf(item, context))?.name ?? null,
    availability: (
      item: Keyed<'sku'>,
      { channel }: { readonly channel?: string | null },
      context: InventoryContext,
    ) => availabilityIn(item, channel, context),
    alternatives: () => null,
  },
  Availability: {
    __resolveReference: (reference: Keyed<'sku' | 'channel'>, context: InventoryContext) =>
      availabilityIn(reference, reference.channel, context),
  },
  Reservation: {
    __resolveReference: (reference: Keyed<'id'>, context: InventoryContext) =>
      queries.reservation(undefined, reference, context),
  },
  Location: {
    __resolveReference(reference: Keyed<'id'>, context: InventoryContext) {
      const catalog = context.reads.catalog();
      const known = [...catalog.locations.values()].find(({ id }) => id === reference.id);
      return known ? shownLocation(catalog, known.code) : null;
    },
  },
  Problem: byTypename,
  ReserveStockPayload: byTypename,
  ExtendReservationPayload: byTypename,
  ReleaseReservationPayload: byTypename,
  StockChangePayload: byTypename,
  MasterDataPayload: byTypename,
  AvailabilityMessage: byTypename,
});
