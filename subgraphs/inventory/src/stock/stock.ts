import { assert, unreachable } from '@holdfast/chassis/decider';
import type { Place, StreamKind } from '@holdfast/chassis/stream-kind';
import {
  type ChannelCode,
  type ClaimId,
  type ClassCode,
  defaultClass,
  type LocationCode,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { StockCondition } from '@holdfast/schema/quantities';
import type { StockEvent } from './events.ts';
import { addHold, decodeHolds, encodeHolds, removeHold } from './holds.ts';
import { emptyPosition, freeUnits, inCondition, move, type Position } from './position.ts';

/** Units that an order waits for. */
export type Backorder = {
  readonly claim: ClaimId;
  readonly channel: ChannelCode;
  units: number;
};

/** One SKU at all its locations. */
export type Stock = {
  readonly sku: Sku;
  /** False until somebody has said that the SKU exists. */
  exists: boolean;
  name: string | undefined;
  productClass: ClassCode;
  /** Grows with every fact. */
  version: number;
  readonly positions: Map<LocationCode, Position>;
  /** Oldest first. */
  backorders: Backorder[];
};

export const emptyStock = (id: string): Stock => ({
  sku: id as Sku,
  exists: false,
  name: undefined,
  productClass: defaultClass,
  version: 0,
  positions: new Map(),
  backorders: [],
});

export function positionAt(stock: Stock, location: LocationCode): Position {
  const known = stock.positions.get(location);
  if (known) return known;
  const position = emptyPosition();
  stock.positions.set(location, position);
  return position;
}

export function evolveStock(stock: Stock, event: StockEvent, { at }: Pick<Place, 'at'>): Stock {
  stock.version += 1;
  switch (event.type) {
    case 'ItemSaved':
      stock.exists = true;
      stock.name = event.name;
      stock.productClass = event.productClass;
      return stock;
    case 'StockReceived':
      move(positionAt(stock, event.location), at, event.condition, event.units);
      return stock;
    case 'StockAdjusted':
    case 'StockCounted':
      move(positionAt(stock, event.location), at, event.condition, event.deltaUnits);
      return stock;
    case 'StockMoved': {
      const position = positionAt(stock, event.location);
      move(position, at, event.from, -event.units);
      move(position, at, event.to, event.units);
      return stock;
    }
    default:
      return evolveCommitments(stock, event, at);
  }
}

type Physical = 'ItemSaved' | 'StockReceived' | 'StockAdjusted' | 'StockCounted' | 'StockMoved';

function evolveCommitments(
  stock: Stock,
  event: Exclude<StockEvent, { type: Physical }>,
  at: number,
): Stock {
  switch (event.type) {
    case 'StockReserved':
      addHold(positionAt(stock, event.location).holds, event.expiresAt, event.units);
      return stock;
    case 'StockReservationPassed':
    case 'StockReservationExtended': {
      const { holds } = positionAt(stock, event.location);
      removeHold(holds, event.before, event.units);
      addHold(holds, event.expiresAt, event.units);
      return stock;
    }
    case 'StockReservationReleased':
    case 'StockReservationExpired':
      removeHold(positionAt(stock, event.location).holds, event.expiresAt, event.units);
      return stock;
    case 'StockReservationConverted': {
      const position = positionAt(stock, event.location);
      removeHold(position.holds, event.expiresAt, event.units);
      position.allocated += event.units;
      return stock;
    }
    case 'StockAllocated':
      positionAt(stock, event.location).allocated += event.units;
      if (event.backordered) takeBackorder(stock, event.claim, event.units);
      return stock;
    case 'StockAllocationReleased': {
      const position = positionAt(stock, event.location);
      position.allocated -= event.units;
      if (event.inspectedUnits === 0) return stock;
      move(position, at, 'SELLABLE', -event.inspectedUnits);
      move(position, at, 'QUALITY_INSPECTION', event.inspectedUnits);
      return stock;
    }
    case 'StockBackordered':
      stock.backorders.push({ claim: event.claim, channel: event.channel, units: event.units });
      return stock;
    case 'StockBackorderCancelled':
      takeBackorder(stock, event.claim, event.units);
      return stock;
    default:
      return unreachable(event);
  }
}

function takeBackorder(stock: Stock, claim: ClaimId, units: number): void {
  const backorder = stock.backorders.find((waiting) => waiting.claim === claim);
  assert(
    backorder !== undefined && backorder.units >= units,
    `backorder of ${claim} covers ${units}`,
  );
  backorder.units -= units;
  if (backorder.units === 0)
    stock.backorders = stock.backorders.filter((waiting) => waiting.units > 0);
}

/** Facts by which units are promised that were free before. */
const promises = new Set<StockEvent['type']>(['StockReserved', 'StockAllocated']);

/**
 * The law of DESIGN 4, after each change: every term >= 0, and what was promised just now was free
 * before. A count or a loss may leave a shortfall; a promise never may.
 *
 * @throws BrokenLaw
 */
export function checkStockLaw(stock: Stock, events: readonly StockEvent[], at: number): void {
  for (const event of events) {
    if (!('location' in event)) continue;
    const where = `${stock.sku} at ${event.location}`;
    const position = positionAt(stock, event.location);
    for (const condition in position.conditions) {
      const units = inCondition(position, condition as StockCondition);
      assert(units >= 0, `${condition} of ${where} is not negative`);
    }
    assert(
      position.allocated >= 0 && position.picked >= 0,
      `${where}: commitments are not negative`,
    );
    assert(position.holds.units >= 0, `${where}: holds are not negative`);
    if (!promises.has(event.type)) continue;
    assert(freeUnits(position, at) >= 0, `${where}: no more is promised than was free before`);
  }
}

type PositionText = Omit<Position, 'holds'> & { readonly holds: readonly string[] };
type StockText = Omit<Stock, 'positions' | 'sku'> & {
  readonly positions: readonly (readonly [LocationCode, PositionText])[];
};

const encodePosition = ({ holds, ...position }: Position): PositionText => ({
  ...position,
  holds: encodeHolds(holds),
});

const decodePosition = ({ holds, ...text }: PositionText): Position => ({
  ...text,
  holds: decodeHolds(holds),
});

export const encodeStock = ({ sku: _, positions, ...stock }: Stock): StockText => ({
  ...stock,
  positions: [...positions].map(([location, position]) => [location, encodePosition(position)]),
});

export const decodeStock = (sku: Sku, { positions, ...text }: StockText): Stock => ({
  ...text,
  // JSON has no undefined: an item without a name is one without the field.
  name: text.name,
  sku,
  positions: new Map(positions.map(([location, text]) => [location, decodePosition(text)])),
});

export const stockKind: StreamKind<Stock, StockEvent> = {
  prefix: 'sku',
  initial: emptyStock,
  evolve: evolveStock,
  encode: (stock) => JSON.stringify({ sku: stock.sku, stock: encodeStock(stock) }),
  decode: (text) => {
    const { sku, stock } = JSON.parse(text) as { readonly sku: Sku; readonly stock: StockText };
    return decodeStock(sku, stock);
  },
};
