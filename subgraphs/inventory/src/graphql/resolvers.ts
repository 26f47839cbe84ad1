/** The map from the schema to what answers it; a line each. */
import { parseSku } from '@holdfast/schema/identifiers';
import type { InventoryContext } from './context.ts';
import { mutations } from './mutations.ts';
import { existingChannel, queries } from './queries.ts';
import { shownAvailability, shownLocation, shownLocations } from './shown.ts';
import { availabilityChanged, type Live } from './subscriptions.ts';

type Keyed<Key extends string> = Readonly<Record<Key, string>>;

async function knownStock(reference: Keyed<'sku'>, context: InventoryContext) {
  const sku = parseSku(reference.sku);
  if (sku === undefined) return undefined;
  const known = await context.stocks.load(sku);
  return known?.stock.exists ? known : undefined;
}

async function availabilityIn(
  reference: Keyed<'sku'>,
  channel: string | null | undefined,
  context: InventoryContext,
) {
  await context.upToDate([parseSku(reference.sku)]);
  const code = existingChannel(channel, context);
  const known = await knownStock(reference, context);
  const now = context.now();
  const availability = context.reads.availability(known, code, now);
  return availability ? shownAvailability(availability, now, context) : null;
}

const availability = {
  item: ({ sku }: Keyed<'sku'>) => ({ __typename: 'Item', sku }),
  byLocation: shownLocations,
  __resolveReference: (reference: Keyed<'sku' | 'channel'>, context: InventoryContext) =>
    availabilityIn(reference, reference.channel, context),
};

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
      return (await knownStock(reference, context)) ? { sku: reference.sku } : null;
    },
    name: async (item: Keyed<'sku'>, _: unknown, context: InventoryContext) =>
      (await knownStock(item, context))?.stock.name ?? null,
    availability: (
      item: Keyed<'sku'>,
      { channel }: { readonly channel?: string | null },
      context: InventoryContext,
    ) => availabilityIn(item, channel, context),
    alternatives: () => null,
  },
  Availability: availability,
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
