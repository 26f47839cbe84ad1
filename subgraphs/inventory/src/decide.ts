/** All commands of inventory: which streams each looks at, and who decides it. */
import { accept, type Decision, needs } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { Sku } from '@holdfast/schema/identifiers';
import { catalogId, catalogKind, catalogStream } from './catalog/catalog.ts';
import {
  type CatalogAnswer,
  type CatalogCommand,
  type CatalogRejection,
  putChannel,
  putLocation,
  putProductClass,
} from './catalog/decide.ts';
import type { CatalogEvent } from './catalog/events.ts';
import { buyerKind } from './claim/buyer.ts';
import type { InventoryEvent } from './claim/changes.ts';
import { claimKind } from './claim/claim.ts';
import {
  type ClaimAnswer,
  type ClaimCommand,
  type ClaimRejection,
  decideClaimCommand,
  streamsOfClaim,
} from './claim/claim-commands.ts';
import { fillBackorders } from './claim/fill-backorders.ts';
import { wideKind } from './claim/wide.ts';
import {
  decideStock,
  type PutItem,
  putItem,
  type StockAnswer,
  type StockCommand,
  type StockRejection,
} from './stock/decide.ts';
import { stockKind } from './stock/stock.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** The catalog has changed: who waits for the SKU may get what was kept back. */
export type FillBackorders = { readonly type: 'FillBackorders'; readonly sku: Sku };

export type InventoryCommand =
  | CatalogCommand
  | PutItem
  | StockCommand
  | FillBackorders
  | ClaimCommand;

export type InventoryRejection = CatalogRejection | StockRejection | ClaimRejection;

/** What a caller may hear; the others are between lanes. */
export type PublicRejection = Exclude<
  InventoryRejection,
  {
    type:
      | 'HoldsUndecided'
      | 'SpansLanes'
      | 'RefusedHere'
      | 'ExtendLanesFirst'
      | 'PartLapsed'
      | 'PartUnheard'
      | 'ReservationGone';
  }
>;

export type InventoryAnswer = CatalogAnswer | StockAnswer | ClaimAnswer;

type AnyEvent = InventoryEvent | CatalogEvent;
export type InventoryDecision = Decision<AnyEvent, InventoryAnswer, InventoryRejection>;

export const kinds = [catalogKind, stockKind, claimKind, wideKind, buyerKind];

/** The streams that a command looks at, as far as it names them; its own first. */
export function streamsOf(command: InventoryCommand): readonly string[] {
  switch (command.type) {
    case 'PutLocation':
    case 'PutChannel':
    case 'PutProductClass':
      return [catalogStream];
    case 'PutItem':
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'CountStock':
    case 'MoveStock':
    case 'FillBackorders':
      return [streamName(stockKind, command.sku), catalogStream];
    default:
      return [...streamsOfClaim(command), catalogStream];
  }
}

function decideAlone(command: InventoryCommand, view: View, at: Instant): InventoryDecision {
  switch (command.type) {
    case 'PutLocation':
      return putLocation(command, view.get(catalogKind, catalogId));
    case 'PutChannel':
      return putChannel(command, view.get(catalogKind, catalogId));
    case 'PutProductClass':
      return putProductClass(command, view.get(catalogKind, catalogId));
    case 'PutItem':
      return putItem(command, view.get(stockKind, command.sku), view.get(catalogKind, catalogId));
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'CountStock':
    case 'MoveStock': {
      const catalog = view.get(catalogKind, catalogId);
      return decideStock(command, view.get(stockKind, command.sku), catalog, at);
    }
    case 'FillBackorders':
      return accept([{ stream: streamName(stockKind, command.sku), events: [] }], null);
    default:
      return decideClaimCommand(command, view, at);
  }
}

/** Decides, and lets those who wait have what becomes free by it. Pure. */
export function decideInventory(
  command: InventoryCommand,
  view: View,
  at: Instant,
): InventoryDecision {
  const decision = decideAlone(command, view, at);
  if (decision.type !== 'accepted') return decision;
  const changes = fillBackorders(
    decision.changes as Parameters<typeof fillBackorders>[0],
    view,
    at,
  );
  if ('needs' in changes) return needs(changes.needs);
  return { ...decision, changes: changes.filter(({ events }) => events.length > 0) };
}
