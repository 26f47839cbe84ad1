/** Inventory's lanes: their law, and the commands that their own time gives. */
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import { createLane } from '@holdfast/chassis/lane/create-lane';
import type { Lane, LaneBounds, LaneCommand, LeaseNow } from '@holdfast/chassis/lane/lane';
import type { Strife } from '@holdfast/chassis/lane/strife';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import type { Lanes } from '@holdfast/chassis/owning/lanes';
import type { LaneRows } from '@holdfast/chassis/rows/lane-rows';
import { idOfStream, prefixOfStream, type View } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { type Catalog, catalogKind } from './catalog/catalog.ts';
import { wideKind } from './claim/wide.ts';
import { decideInventory, type InventoryCommand, kinds, streamsOf } from './decide.ts';
import type { InventoryLooks } from './looks.ts';
import type { StockEvent } from './stock/events.ts';
import { checkStockLaw, stockKind } from './stock/stock.ts';

export const inventoryContext = 'inventory';
/** The catalog's: every process folds it, and nothing else of it is special. */
export const catalogLane = 0;

export type Ledger = Lanes<InventoryCommand, InventoryLooks>;

export const laneCommand = (
  command: InventoryCommand,
  record: CommandRecord,
): LaneCommand<InventoryCommand> => ({ command, record, streams: streamsOf(command) });

/**
 * Orders are shed last: allocating and taking back go before holds for carts (DESIGN 2). So does
 * what ends a claim that other lanes have begun: their units wait for it.
 */
const urgent: ReadonlySet<string> = new Set<InventoryCommand['type']>([
  ...(['AllocateStock', 'TakeBackAllocation', 'TakeBackPart', 'CancelHold'] as const),
  ...(['TryClaim', 'PledgeEarlier', 'WidenClaim', 'KeepClaim', 'RefuseClaim'] as const),
  ...(['AskClaim', 'SettleClaim', 'NoteSettled', 'ExtendPart'] as const),
]);
const isUrgent = ({ type }: CommandRecord): boolean => urgent.has(type);

const stockPrefix = `${stockKind.prefix}/`;

export type InventoryLaneOptions = {
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly clock: Clock;
  readonly onFailure: (failure: unknown) => void;
  /** See `LaneOptions.lease`. */
  readonly lease?: LeaseNow | undefined;
  readonly strife: Strife;
  readonly bounds?: Partial<LaneBounds>;
};

/**
 * The runtime of one lane.
 * @param viewOf what a decision of this lane looks at, the catalog included
 */
export function inventoryLane(
  options: InventoryLaneOptions,
  lane: number,
  viewOf: (view: View) => View,
): Lane<InventoryCommand> {
  const { log, rows, clock, onFailure, lease, strife, bounds = {} } = options;
  return createLane<InventoryCommand>({
    ...{ context: inventoryContext, lane, log, rows, clock, onFailure },
    ...{ lease, strife, bounds },
    kinds,
    decide: (command, view, at) => decideInventory(command, viewOf(view), at),
    isUrgent,
    timePassed: (stream) => {
      const claim = idOfStream(stream) as ClaimId;
      const isWide = prefixOfStream(stream) === wideKind.prefix;
      const command = { type: isWide ? 'AskClaim' : 'ExpireReservation', claim } as const;
      return laneCommand(command, { type: command.type, by: 'time', actor: 'holdfast' });
    },
    checkLaw: (view, stream, events, at) => {
      if (!stream.startsWith(stockPrefix)) return;
      checkStockLaw(view.get(stockKind, idOfStream(stream)), events as readonly StockEvent[], at);
    },
  });
}

/**
 * The catalog is a stream of one lane. The other lanes decide by what their process has folded of
 * it, which holds all that was in its log when the process began to own them.
 */
export const viewWithCatalog =
  (lane: number, catalog: () => Catalog) =>
  (view: View): View =>
    lane === catalogLane
      ? view
      : {
          has: view.has,
          get: (kind, id) =>
            isCatalog(kind) ? (catalog() as ReturnType<typeof kind.initial>) : view.get(kind, id),
        };

const isCatalog = (kind: { readonly prefix: string }): boolean =>
  kind.prefix === catalogKind.prefix;
