/**
 * Looks at availability while everything is going on; what they saw is held against the log at the
 * end.
 */
import type { World } from '@holdfast/chassis/simulation/world';
import type { Inventory } from '@holdfast/inventory/app';
import type { ChannelCode, Sku } from '@holdfast/schema/identifiers';
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
  /** Durable at the instance when it was asked: the look includes it. */
  readonly atLeast: number;
};

const placesInCommit = 4_096;

/** @returns undefined when the instance fails or ends before it answers */
export function lookAt(
  world: World,
  { app, process }: Instance<Inventory>,
  sku: Sku,
  channel: ChannelCode,
  breach: Breach,
): Promise<Look | undefined> {
  const { reads, ledger } = app;
  const look = async (): Promise<Look | undefined> => {
    const atLeast = ledger.knownVersion(0);
    await reads.upToDate();
    const [changed] = await reads.changedAt([sku]);
    const includes = Math.floor(reads.position() / placesInCommit);
    if (ledger.count === 1 && includes < atLeast) {
      breach('I6', `${process.name} shows ${includes} after it has answered ${atLeast}`);
    }
    const at = process.clock.now();
    const figure = reads.availability(changed?.stock, channel, at);
    const byLocation = figure?.byLocation ?? [];
    return {
      ...{ sku, channel, at, atLeast, catalogVersion: reads.catalog().version },
      stockVersion: changed?.stock.version ?? 0,
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
