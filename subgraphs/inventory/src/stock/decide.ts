/**
 * Commands on the stock of one SKU: what was received, counted, found or moved is a fact of the
 * world.
 */
import { accept, type Decision, reject, unreachable } from '@holdfast/chassis/decider';
import { streamName } from '@holdfast/chassis/stream-kind';
import type { ClassCode, LocationCode, Sku } from '@holdfast/schema/identifiers';
import { positionUnitsMax, type StockCondition, type Units } from '@holdfast/schema/quantities';
import type { Catalog } from '../catalog/catalog.ts';
import type { StockEvent } from './events.ts';
import { emptyPosition, inCondition, movedSince, onHandUnits, type Position } from './position.ts';
import { type Stock, stockKind } from './stock.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

type At = { readonly sku: Sku; readonly location: LocationCode };

export type ReceiveStock = At & {
  readonly type: 'ReceiveStock';
  readonly condition: StockCondition;
  readonly units: Units;
  readonly supply: string | undefined;
  readonly reference: string | undefined;
};

export type AdjustStock = At & {
  readonly type: 'AdjustStock';
  readonly condition: StockCondition;
  readonly deltaUnits: number;
  readonly reason: string;
};

export type CountStock = At & {
  readonly type: 'CountStock';
  readonly condition: StockCondition;
  readonly units: Units;
  readonly compareUnits: number | undefined;
  readonly includesUpTo: Instant | undefined;
  readonly reason: string;
};

export type MoveStock = At & {
  readonly type: 'MoveStock';
  readonly units: Units;
  readonly from: StockCondition;
  readonly to: StockCondition;
  readonly reason: string;
};

/** Creates or replaces the item behind a SKU. */
export type PutItem = {
  readonly type: 'PutItem';
  readonly sku: Sku;
  readonly name: string | undefined;
  readonly productClass: ClassCode;
};

export type StockCommand = ReceiveStock | AdjustStock | CountStock | MoveStock;

/** In order of precedence. */
export type StockRejection =
  | { readonly type: 'UnknownSku'; readonly skus: readonly Sku[]; readonly notKept: true }
  | { readonly type: 'NotFound'; readonly path: readonly string[]; readonly notKept: true }
  | {
      readonly type: 'InvalidInput';
      readonly path: readonly string[];
      readonly message: string;
      readonly notKept: true;
    }
  | {
      readonly type: 'VersionConflict';
      readonly path: readonly string[];
      readonly currentVersion: number;
    }
  | {
      readonly type: 'InsufficientStock';
      readonly shortfalls: readonly {
        readonly sku: Sku;
        readonly requestedUnits: number;
        readonly availableUnits: number;
      }[];
    };

export type StockAnswer = { readonly version: number };
export type StockDecision = Decision<StockEvent, StockAnswer, StockRejection>;

const invalid = (path: string, message: string): StockDecision =>
  reject({ type: 'InvalidInput', path: [path], message, notKept: true });

const changed = (stock: Stock, ...events: readonly StockEvent[]): StockDecision =>
  accept(events.length === 0 ? [] : [{ stream: streamName(stockKind, stock.sku), events }], {
    version: stock.version + events.length,
  });

const tooFew = (sku: Sku, requestedUnits: number, availableUnits: number): StockDecision =>
  reject({ type: 'InsufficientStock', shortfalls: [{ sku, requestedUnits, availableUnits }] });

const wouldOverflow = (position: Position, moreUnits: number): boolean =>
  onHandUnits(position) + moreUnits > positionUnitsMax;

const tooMany = (path: string): StockDecision =>
  invalid(path, `on hand would pass ${positionUnitsMax} units`);

export function decideStock(
  command: StockCommand,
  stock: Stock,
  catalog: Catalog,
  at: Instant,
): StockDecision {
  if (!stock.exists) return reject({ type: 'UnknownSku', skus: [command.sku], notKept: true });
  if (!catalog.locations.has(command.location)) {
    return reject({ type: 'NotFound', path: ['locationCode'], notKept: true });
  }
  const position = stock.positions.get(command.location) ?? emptyPosition();
  switch (command.type) {
    case 'ReceiveStock':
      return receive(command, stock, position);
    case 'AdjustStock':
      return adjust(command, stock, position);
    case 'CountStock':
      return count(command, stock, position, at);
    case 'MoveStock':
      return moveUnits(command, stock, position);
    default:
      return unreachable(command);
  }
}

const receive = (command: ReceiveStock, stock: Stock, position: Position): StockDecision => {
  const { location, condition, units, supply, reference } = command;
  // There is no supply yet, so none can be received.
  if (supply !== undefined) return reject({ type: 'NotFound', path: ['supplyId'], notKept: true });
  if (wouldOverflow(position, units)) return tooMany('quantity');
  return changed(stock, { type: 'StockReceived', location, condition, units, reference });
};

const adjust = (command: AdjustStock, stock: Stock, position: Position): StockDecision => {
  const { sku, location, condition, deltaUnits, reason } = command;
  const there = inCondition(position, condition);
  if (wouldOverflow(position, deltaUnits)) return tooMany('delta');
  // Below commitments is a fact of the world, a shortfall; below nothing is a mistake.
  if (there + deltaUnits < 0) return tooFew(sku, -deltaUnits, there);
  return changed(stock, { type: 'StockAdjusted', location, condition, deltaUnits, reason });
};

/** A caller's clock may be ahead of ours by this much; further ahead is a mistake. */
const clockSkewMsMax = 5 * 60_000;

const count = (
  command: CountStock,
  stock: Stock,
  position: Position,
  at: Instant,
): StockDecision => {
  const { location, condition, units, compareUnits, reason } = command;
  const includesUpTo = Math.min(command.includesUpTo ?? at, at);
  if ((command.includesUpTo ?? at) > at + clockSkewMsMax) {
    return invalid('includesUpTo', 'it is in the future');
  }
  if (includesUpTo < position.movementsSince) {
    const since = new Date(position.movementsSince).toISOString();
    return invalid('includesUpTo', `movements are kept since ${since}; count again from then on`);
  }
  const there = inCondition(position, condition);
  if (compareUnits !== undefined && compareUnits !== there) {
    const currentVersion = stock.version;
    return reject({ type: 'VersionConflict', path: ['compareQuantity'], currentVersion });
  }
  const target = units + movedSince(position, condition, includesUpTo);
  if (target < 0) {
    return invalid('quantity', `${-target} more units have left since than were counted`);
  }
  const deltaUnits = target - there;
  if (wouldOverflow(position, deltaUnits)) return tooMany('quantity');
  const known = stock.positions.has(location);
  if (deltaUnits === 0 && known) return changed(stock);
  return changed(stock, {
    type: 'StockCounted',
    ...{ location, condition, countedUnits: units, includesUpTo, deltaUnits, reason },
  });
};

const moveUnits = (command: MoveStock, stock: Stock, position: Position): StockDecision => {
  const { sku, location, units, from, to, reason } = command;
  if (from === to) return invalid('to', 'the units have this condition already');
  const there = inCondition(position, from);
  if (units > there) return tooFew(sku, units, there);
  return changed(stock, { type: 'StockMoved', location, from, to, units, reason });
};

export type PutItemRejection = {
  readonly type: 'NotFound';
  readonly path: readonly string[];
  readonly notKept: true;
};

export function putItem(
  command: PutItem,
  stock: Stock,
  catalog: Catalog,
): Decision<StockEvent, { readonly id: string; readonly version: number }, PutItemRejection> {
  const { sku, name, productClass } = command;
  if (!catalog.classes.has(productClass)) {
    return reject({ type: 'NotFound', path: ['productClass'], notKept: true });
  }
  const same = stock.exists && stock.name === name && stock.productClass === productClass;
  if (same) return accept([], { id: sku, version: stock.version });
  const stream = streamName(stockKind, sku);
  const events: StockEvent[] = [{ type: 'ItemSaved', sku, name, productClass }];
  return accept([{ stream, events }], { id: sku, version: stock.version + 1 });
}
