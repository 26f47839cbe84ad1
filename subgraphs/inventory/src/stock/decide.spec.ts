import type { Decision } from '@holdfast/chassis/decider';
import { specify } from '@holdfast/chassis/specification';
import type { View } from '@holdfast/chassis/stream-kind';
import { defaultClass } from '@holdfast/schema/identifiers';
import { positionUnitsMax, units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import { catalogId, catalogKind } from '../catalog/catalog.ts';
import type { CatalogEvent } from '../catalog/events.ts';
import {
  berlin,
  channelSaved,
  classCode,
  classSaved,
  locationCode,
  paris,
} from '../catalog/given.ts';
import {
  type AdjustStock,
  type CountStock,
  decideStock,
  type MoveStock,
  type PutItem,
  type PutItemRejection,
  putItem,
  type ReceiveStock,
  type StockAnswer,
  type StockCommand,
  type StockRejection,
} from './decide.ts';
import type { StockEvent } from './events.ts';
import {
  allocated,
  itemSaved,
  lost,
  mug,
  received,
  reservation,
  reserved,
  shop,
  sku,
  t0,
  tee,
} from './given.ts';
import { stockKind } from './stock.ts';

const kinds = [catalogKind, stockKind];
type Decided<Answer, Rejection> = Decision<StockEvent | CatalogEvent, Answer, Rejection>;
type SavedAnswer = { readonly id: string; readonly version: number };

const stock = specify({
  ...{ kinds, at: t0 },
  decide: (command: StockCommand, view: View, at): Decided<StockAnswer, StockRejection> =>
    decideStock(command, view.get(stockKind, command.sku), view.get(catalogKind, catalogId), at),
});

const here = { sku: tee, location: berlin, condition: 'SELLABLE' } as const;
const receive = (count: number, more: Partial<ReceiveStock> = {}): ReceiveStock => ({
  ...{ type: 'ReceiveStock', ...here, units: units(count), supply: undefined },
  ...{ reference: undefined, ...more },
});
const adjust = (deltaUnits: number, more: Partial<AdjustStock> = {}): AdjustStock => ({
  ...{ type: 'AdjustStock', ...here, deltaUnits, reason: 'found', ...more },
});
const count = (counted: number, more: Partial<CountStock> = {}): CountStock => ({
  ...{ type: 'CountStock', ...here, units: units(counted), compareUnits: undefined },
  ...{ includesUpTo: undefined, reason: 'count', ...more },
});
const move = (moved: number, more: Partial<MoveStock> = {}): MoveStock => ({
  ...{ type: 'MoveStock', sku: tee, location: berlin, units: units(moved) },
  ...{ from: 'SELLABLE', to: 'DAMAGED', reason: 'dropped', ...more },
});
const facts = (...events: readonly StockEvent[]) => [{ stream: 'sku/TEE', events }];
const there = { location: berlin, condition: 'SELLABLE' } as const;

const tooMany = (path: string) => ({
  ...{ type: 'InvalidInput' as const, path: [path], notKept: true as const },
  message: `on hand would pass ${positionUnitsMax} units`,
});
const tooFew = (requestedUnits: number, availableUnits: number) => ({
  type: 'InsufficientStock' as const,
  shortfalls: [{ sku: tee, requestedUnits, availableUnits }],
});
/** As many as a position may have. */
const brimful = [
  received(1_000_000_000),
  received(1_000_000_000),
  received(positionUnitsMax - 2_000_000_000),
];

describe('what everybody must name', () => {
  const commands = [receive(1), adjust(1), count(1), move(1)];

  it.each(commands)('$type refuses a SKU that nobody has put', (command) =>
    stock
      .given(...shop)
      .when({ ...command, sku: sku('GHOST') })
      .thenRejected({ type: 'UnknownSku', skus: [sku('GHOST')], notKept: true }),
  );

  it.each(commands)('$type refuses an unknown location', (command) =>
    stock
      .given(...shop)
      .when({ ...command, location: locationCode('MARS') })
      .thenRejected({ type: 'NotFound', path: ['locationCode'], notKept: true }),
  );

  it('tells of the SKU first when both are unknown', () =>
    stock.when(receive(1)).thenRejected({ type: 'UnknownSku', skus: [tee], notKept: true }));
});

describe('receiving', () => {
  it('puts the units there', () =>
    stock
      .given(...shop)
      .when(receive(10, { condition: 'DAMAGED', reference: 'PO 7' }))
      .then(
        facts({
          ...{ type: 'StockReceived', location: berlin, condition: 'DAMAGED' },
          ...{ units: units(10), reference: 'PO 7' },
        }),
        { version: 2 },
      ));

  it('knows no supply yet', () =>
    stock
      .given(...shop)
      .when(receive(1, { supply: 'sup_1' }))
      .thenRejected({ type: 'NotFound', path: ['supplyId'], notKept: true }));

  it('fills a position to 2^31 - 1 units', () =>
    stock
      .given(...shop, received(positionUnitsMax - 1))
      .when(receive(1))
      .then(facts({ type: 'StockReceived', ...there, units: units(1), reference: undefined })));

  it('refuses the unit beyond, whatever its condition', () =>
    stock
      .given(...shop, ...brimful)
      .when(receive(1, { condition: 'UNKNOWN' }))
      .thenRejected(tooMany('quantity')));

  it('counts each location for itself', () =>
    stock
      .given(...shop, ...brimful)
      .when(receive(1, { location: paris }))
      .thenDecision(({ type }) => {
        if (type !== 'accepted') throw new Error(type);
      }));
});

describe('adjusting', () => {
  const adjusted = (deltaUnits: number) =>
    facts({ type: 'StockAdjusted', ...there, deltaUnits, reason: 'found' });

  it('takes away the last unit', () =>
    stock
      .given(...shop, received(3))
      .when(adjust(-3))
      .then(adjusted(-3)));

  it('refuses to take away what is not there, and says how much is', () =>
    stock
      .given(...shop, received(3))
      .when(adjust(-4))
      .thenRejected(tooFew(4, 3)));

  it('looks at the condition that it names', () =>
    stock
      .given(...shop, received(3, { condition: 'DAMAGED' }))
      .when(adjust(-1))
      .thenRejected(tooFew(1, 0)));

  it('accepts a loss of what is promised: the world does not ask', () =>
    stock
      .given(...shop, received(3), reserved('R1', 3))
      .when(adjust(-3))
      .then(adjusted(-3)));

  it('refuses more than a position may have', () =>
    stock
      .given(...shop, ...brimful)
      .when(adjust(1))
      .thenRejected(tooMany('delta')));
});

describe('counting', () => {
  const counted = (countedUnits: number, deltaUnits: number) =>
    facts({
      ...{ type: 'StockCounted', ...there, countedUnits: units(countedUnits), deltaUnits },
      ...{ includesUpTo: t0, reason: 'count' },
    });

  it('sets on hand, whatever it was', () =>
    stock
      .given(...shop, received(10))
      .when(count(7))
      .then(counted(7, -3), { version: 3 }));

  it('finds nothing', () =>
    stock
      .given(...shop, received(10))
      .when(count(0))
      .then(counted(0, -10)));

  it('leaves commitments: a shortfall, and no refusal', () =>
    stock
      .given(...shop, received(10), reserved('R1', 8))
      .when(count(5))
      .then(counted(5, -5)));

  it('is nothing new when it agrees', () =>
    stock
      .given(...shop, received(10))
      .when(count(10))
      .thenNothing());

  it('of nothing is a fact where nobody has looked before', () =>
    stock
      .given(...shop)
      .when(count(0))
      .then(counted(0, 0)));

  it('goes ahead when what was there is as said', () =>
    stock
      .given(...shop, received(10))
      .when(count(7, { compareUnits: 10 }))
      .then(counted(7, -3)));

  it('conflicts when it is not', () =>
    stock
      .given(...shop, received(10))
      .when(count(7, { compareUnits: 9 }))
      .thenRejected({ type: 'VersionConflict', path: ['compareQuantity'], currentVersion: 2 }));

  it('conflicts also when the count itself agrees', () =>
    stock
      .given(...shop, received(10))
      .when(count(10, { compareUnits: 9 }))
      .thenRejected({ type: 'VersionConflict', path: ['compareQuantity'], currentVersion: 2 }));

  it('refuses more than a position may have, all conditions together', () =>
    stock
      .given(...shop, received(positionUnitsMax - 5, { condition: 'BLOCKED' }))
      .when(count(6))
      .thenRejected(tooMany('quantity')));
});

describe('moving between conditions', () => {
  const moved = (count: number) =>
    facts({
      ...{ type: 'StockMoved', location: berlin, from: 'SELLABLE', to: 'DAMAGED' },
      ...{ units: units(count), reason: 'dropped' },
    });

  it('moves all there is', () =>
    stock
      .given(...shop, received(2))
      .when(move(2))
      .then(moved(2)));

  it('refuses more than there is in the one', () =>
    stock
      .given(...shop, received(2))
      .when(move(3))
      .thenRejected(tooFew(3, 2)));

  it('holds back units that are promised', () =>
    stock
      .given(...shop, received(2), allocated(reservation('R1'), 2))
      .when(move(1))
      .then(moved(1)));

  it('refuses to go nowhere', () =>
    stock
      .given(...shop, received(2))
      .when(move(1, { to: 'SELLABLE' }))
      .thenRejected({
        ...{ type: 'InvalidInput', path: ['to'], notKept: true },
        message: 'the units have this condition already',
      }));

  it('finds nothing to move where a loss took it', () =>
    stock
      .given(...shop, received(2), lost(2))
      .when(move(1))
      .thenRejected(tooFew(1, 0)));
});

describe('putting an item', () => {
  const items = specify({
    ...{ kinds, at: t0 },
    decide: (command: PutItem, view: View): Decided<SavedAnswer, PutItemRejection> =>
      putItem(command, view.get(stockKind, command.sku), view.get(catalogKind, catalogId)),
  });
  const put = (more: Partial<PutItem> = {}): PutItem => ({
    ...{ type: 'PutItem', sku: mug, name: undefined, productClass: defaultClass, ...more },
  });
  const saved = (event: Partial<StockEvent & { type: 'ItemSaved' }>) => [
    {
      stream: 'sku/MUG',
      events: [
        {
          ...{ type: 'ItemSaved' as const, sku: mug, name: undefined },
          ...{ productClass: defaultClass, ...event },
        },
      ],
    },
  ];

  it('makes it exist', () => items.when(put()).then(saved({}), { id: 'MUG', version: 1 }));

  it('changes its name', () =>
    items
      .given(itemSaved(mug))
      .when(put({ name: 'Mug' }))
      .then(saved({ name: 'Mug' }), { id: 'MUG', version: 2 }));

  it('changes its class', () =>
    items
      .given(classSaved('fresh'), itemSaved(mug))
      .when(put({ productClass: classCode('fresh') }))
      .then(saved({ productClass: classCode('fresh') })));

  it('changes nothing when it is so already', () =>
    items.given(channelSaved('web', berlin), itemSaved(mug)).when(put()).thenNothing());

  it('refuses a class that does not exist', () =>
    items
      .when(put({ productClass: classCode('ghost') }))
      .thenRejected({ type: 'NotFound', path: ['productClass'], notKept: true }));
});
