/** Inventory's owner: its lane, its law, and the commands that its own time gives. */
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import { createLane } from '@holdfast/chassis/create-lane';
import type { EventLog } from '@holdfast/chassis/event-log';
import type { Lane, LaneBounds, LaneCommand, LeaseNow } from '@holdfast/chassis/lane';
import type { LaneRows } from '@holdfast/chassis/lane-rows';
import { idOfStream } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { decideInventory, type InventoryCommand, kinds, streamsOf } from './decide.ts';
import type { StockEvent } from './stock/events.ts';
import { checkStockLaw, stockKind } from './stock/stock.ts';

export const inventoryContext = 'inventory';
export const inventoryLane = { context: inventoryContext, lane: 0 };

export type Ledger = Lane<InventoryCommand>;

export type LedgerOptions = {
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly clock: Clock;
  readonly onFailure: (failure: unknown) => void;
  readonly lease?: LeaseNow | undefined;
  readonly bounds?: Partial<LaneBounds>;
};

export const laneCommand = (
  command: InventoryCommand,
  record: CommandRecord,
): LaneCommand<InventoryCommand> => ({ command, record, streams: streamsOf(command) });

/** Orders are shed last: allocating and taking back go before holds for carts (DESIGN 2). */
const isUrgent = ({ type }: CommandRecord): boolean =>
  type === 'AllocateStock' || type === 'TakeBackAllocation';

const stockPrefix = `${stockKind.prefix}/`;

export function createLedger(options: LedgerOptions): Ledger {
  return createLane<InventoryCommand>({
    ...inventoryLane,
    ...options,
    kinds,
    decide: decideInventory,
    isUrgent,
    timePassed: (stream) => {
      const command = { type: 'ExpireReservation', claim: idOfStream(stream) as ClaimId } as const;
      return laneCommand(command, { type: command.type, by: 'time', actor: 'holdfast' });
    },
    checkLaw: (view, stream, events, at) => {
      if (!stream.startsWith(stockPrefix)) return;
      checkStockLaw(view.get(stockKind, idOfStream(stream)), events as readonly StockEvent[], at);
    },
  });
}
