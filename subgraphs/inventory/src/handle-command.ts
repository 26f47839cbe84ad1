/** A command of inventory to wherever it is decided: one lane, or several in turn. */
import { type Clock, pause } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { Handled } from '@holdfast/chassis/lane/lane';
import { catalogStream } from './catalog/catalog.ts';
import type { CatalogAnswer } from './catalog/decide.ts';
import type { InventoryCommand } from './decide.ts';
import { catalogLane, type Ledger, laneCommand } from './ledger.ts';
import type { InventoryLooks } from './looks.ts';
import { isBetweenLanes, type OverLanes, type Told } from './over-lanes/ask-lane.ts';
import { handleOverLanes } from './over-lanes/claims.ts';

/**
 * @returns what the caller hears, with the lane and the version that include it; `shown` is
 *   undefined where several lanes had to decide
 * @throws Overloaded, LaneStopped
 */
export type HandleCommand = <Name extends keyof InventoryLooks>(
  command: InventoryCommand,
  record: CommandRecord,
  look: Name,
  subject: Parameters<InventoryLooks[Name]>[3],
) => Promise<Handled<ReturnType<InventoryLooks[Name]> | undefined> & { readonly lane: number }>;

/** A change of the catalog is answered once every lane decides by it, or after this. */
const catalogWithinMs = 1_000;
const lookAgainMs = 10;

export const commandHandler = (ledger: Ledger, clock: Clock): HandleCommand =>
  ledger.count === 1 ? inOneLane(ledger) : inSeveralLanes(ledger, clock);

/** All of it is one lane's, so nothing stands between a caller and the next commit. */
const inOneLane =
  (ledger: Ledger): HandleCommand =>
  (command, record, look, subject) =>
    ledger
      .handle(catalogLane, laneCommand(command, record), look, subject)
      .then((told) => ({ ...told, lane: catalogLane }));

const inSeveralLanes =
  (ledger: Ledger, clock: Clock): HandleCommand =>
  async (command, record, look, subject) => {
    const told = await handleOverLanes(lanesOf(ledger, clock, look, subject), command, record);
    if (isOfCatalog(command) && 'accepted' in told.outcome) {
      const { version } = told.outcome.accepted as CatalogAnswer;
      await seenEverywhere(ledger, clock, version);
    }
    return told as Told & { readonly shown: never };
  };

const isOfCatalog = ({ type }: InventoryCommand): boolean =>
  type === 'PutLocation' || type === 'PutChannel' || type === 'PutProductClass';

/** The lanes as the driver of claims asks them. */
export const lanesOf = <Name extends keyof InventoryLooks>(
  ledger: Ledger,
  clock: Clock,
  look: Name,
  subject: Parameters<InventoryLooks[Name]>[3],
): OverLanes => ({
  ...{ laneCount: ledger.count, clock },
  async ask(lane, command, record) {
    const asked = laneCommand(command, record);
    const told = isBetweenLanes(record)
      ? await ledger.handle(lane, asked, 'nothing', undefined)
      : await ledger.handle(lane, asked, look, subject);
    return { ...told, lane };
  },
});

/** So that whoever was answered finds what they saved, in whatever lane they go on. */
export async function seenEverywhere(ledger: Ledger, clock: Clock, version: number): Promise<void> {
  const until = clock.now() + catalogWithinMs;
  const seen = async (lane: number) => {
    for (;;) {
      const { shown } = await ledger.read(lane, [catalogStream], 'catalogVersion', undefined);
      if (shown >= version || clock.now() >= until) return;
      await pause(clock, lookAgainMs);
    }
  };
  // The catalog is saved whatever a lane that is away says.
  await Promise.allSettled(Array.from({ length: ledger.count }, (_, lane) => seen(lane)));
}
