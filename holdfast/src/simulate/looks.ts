/**
 * Looks at availability while everything is going on; what they saw is held against the log at the
 * end.
 */
import type { World } from '@holdfast/chassis/simulation/world';
import type { Inventory } from '@holdfast/inventory/app';
import { type ChannelCode, laneOfPlace, placeOf, type Sku } from '@holdfast/schema/identifiers';
import type { Breach } from './oracle/stock-law.ts';
import type { Instance } from './system.ts';

export type Look = {
  readonly sku: Sku;
  readonly channel: ChannelCode;
  /** The clock of the instance. */
  readonly at: number;
  /** Facts of the SKU that it includes; 0 for a SKU that nobody has heard of. */
  readonly stockVersion: number;
  readonly catalogVersion: number;
  /** Units by location, without those where nothing ever was. */
  readonly shown: ReadonlyMap<string, number>;
  /** Of the SKU. */
  readonly lane: number;
  /** The version of that lane that the look had to include. */
  readonly atLeast: number;
};

export type LookWish = {
  readonly sku: Sku;
  readonly channel: ChannelCode;
  /** With `Holdfast-After`: the cursor, and the version of the SKU's lane that it asks for. */
  readonly after?: { readonly cursor: string; readonly version: number } | undefined;
};

const placesInCommit = 4_096;

/** @returns undefined when the instance fails or ends before it answers */
export function lookAt(
  world: World,
  { app, process }: Instance<Inventory>,
  { sku, channel, after }: LookWish,
  breach: Breach,
): Promise<Look | undefined> {
  const { reads, ledger } = app;
  const look = async (): Promise<Look | undefined> => {
    const lane = laneOfPlace(placeOf(sku), ledger.count);
    const atLeast = Math.max(ledger.knownVersion(lane), after?.version ?? 0);
    await (after ? reads.upToDate({ after: after.cursor, skus: [sku] }) : reads.upToDate());
    const [changed] = await reads.changedAt([sku]);
    const includes = Math.floor(reads.position() / placesInCommit);
    if (ledger.count === 1 && includes < atLeast) {
      breach('I6', `${process.name} shows ${includes} after it has answered ${atLeast}`);
    }
    const at = process.clock.now();
    const figure = reads.availability(changed?.document, channel, at);
    const byLocation = figure?.byLocation ?? [];
    return {
      ...{ sku, channel, at, lane, atLeast, catalogVersion: reads.catalog().version },
      stockVersion: changed?.document.stock.version ?? 0,
      shown: new Map(byLocation.map((each) => [each.location, each.availableToPromise])),
    };
  };
  return new Promise((resolve) => {
    // A dead instance never answers.
    const cancel = world.after(10_000, () => resolve(undefined));
    const answered = (seen: Look | undefined) => {
      cancel();
      resolve(process.alive() ? seen : undefined);
    };
    look().then(answered, () => answered(undefined));
  });
}
