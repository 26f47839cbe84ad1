/**
 * Any command of inventory over a small shop, so that commands meet: as values to be generated and
 * shrunk.
 */
import { lineId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import fc from 'fast-check';
import { defaultRules } from '../src/catalog/catalog.ts';
import { berlin, channelCode, classCode, paris } from '../src/catalog/given.ts';
import { ada, allocation, order, wantedLine } from '../src/claim/given.ts';
import type { InventoryCommand } from '../src/decide.ts';
import { mug, reservation, tee } from '../src/stock/given.ts';

/** What is done at a moment; reservations are named by the turn in which they are made. */
export type Step = {
  readonly waitMs: number;
  readonly command: (turn: number, now: number) => InventoryCommand;
};

export const skus = [tee, mug];
export const locations = [berlin, paris];
export const channels = [channelCode('default'), channelCode('web')];
const classes = ['default', 'patient', 'careful'].map(classCode);
const bob = 'bob'.padEnd(43, '0') as typeof ada;

const sku = fc.constantFrom(...skus);
const location = fc.constantFrom(...locations);
const condition = fc.constantFrom('SELLABLE' as const, 'SELLABLE' as const, 'DAMAGED' as const);
const few = (least: number) => fc.integer({ min: least, max: 6 });
const here = fc.record({ sku, location, condition });
/** One of those made before; from few, so that it is often one that exists. */
const someHold = fc.integer({ min: 1, max: 12 }).map((turn) => reservation(`R${turn}`));
const someOrder = fc.integer({ min: 1, max: 3 }).map((name) => `O${name}`);

const receive = fc.tuple(here, few(1)).map(([place, count]) => () => ({
  ...{ type: 'ReceiveStock' as const, ...place, units: units(count) },
  ...{ supply: undefined, reference: undefined },
}));
const adjust = fc
  .tuple(here, fc.integer({ min: -6, max: 3 }))
  .filter(([, delta]) => delta !== 0)
  .map(([place, deltaUnits]) => () => ({
    ...{ type: 'AdjustStock' as const, ...place, deltaUnits, reason: 'found' },
  }));
const count = fc
  .tuple(here, few(0), fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }))
  .map(([place, counted, agoMs]) => (_: number, now: number) => ({
    ...{ type: 'CountStock' as const, ...place, units: units(counted), reason: 'count' },
    ...{ compareUnits: undefined, includesUpTo: agoMs === undefined ? undefined : now - agoMs },
  }));
const move = fc.tuple(sku, location, few(1), fc.boolean()).map(([of, at, moved, back]) => () => ({
  ...{ type: 'MoveStock' as const, sku: of, location: at, units: units(moved), reason: 'why' },
  from: back ? ('DAMAGED' as const) : ('SELLABLE' as const),
  to: back ? ('SELLABLE' as const) : ('DAMAGED' as const),
}));
const putItem = fc.tuple(sku, fc.constantFrom(...classes)).map(([of, productClass]) => () => ({
  ...{ type: 'PutItem' as const, sku: of, name: undefined, productClass },
}));
const putClass = fc.tuple(fc.constantFrom(...classes), few(0)).map(([code, safetyStock]) => () => ({
  ...{ type: 'PutProductClass' as const, code },
  rules: {
    ...{ ...defaultRules, safetyStock, holdSecondsMax: 40 },
    backorder: code === 'patient' ? ('UNLIMITED' as const) : ('NONE' as const),
  },
}));

const wish = fc.record({
  anywhere: few(0),
  at: fc.option(fc.tuple(location, few(1)), { nil: undefined }),
});
const reserve = fc
  .record({
    wishes: fc.array(fc.tuple(sku, wish), { minLength: 1, maxLength: 2 }),
    channel: fc.constantFrom(...channels),
    buyer: fc.constantFrom(undefined, ada, bob),
    ttlSeconds: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  })
  .map(({ wishes, ...more }) => (turn: number) => ({
    ...{ type: 'ReserveStock' as const, claim: reservation(`R${turn}`), ...more },
    wanted: [...new Map(wishes)]
      .filter(([, { anywhere, at }]) => anywhere > 0 || at)
      .map(([of, { anywhere, at }]) => ({ sku: of, anywhere, at: new Map(at ? [at] : []) })),
  }));
const extend = fc
  .tuple(someHold, fc.integer({ min: 1, max: 60 }))
  .map(([claim, ttlSeconds]) => () => ({ type: 'ExtendReservation' as const, claim, ttlSeconds }));
const end = fc
  .tuple(someHold, fc.constantFrom('ReleaseReservation' as const, 'ExpireReservation' as const))
  .map(([claim, type]) => () => ({ type, claim }));

const maybeHold = fc.option(someHold, { nil: undefined });
const allocate = fc
  .record({
    name: someOrder,
    lines: fc.array(fc.tuple(sku, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 2 }),
    channel: fc.constantFrom(...channels),
    hold: maybeHold,
  })
  .map(({ name, lines, channel, hold }) => () => ({
    ...{ type: 'AllocateStock' as const, claim: allocation(name), order: order(name), channel },
    ...{ reservation: hold, lines: [...new Map(lines)].map(wantedLine) },
  }));
const takeBack = fc
  .record({
    name: someOrder,
    whole: fc.boolean(),
    lines: fc.array(fc.tuple(sku, few(1), fc.boolean()), { maxLength: 3 }),
    hold: maybeHold,
  })
  .map(({ name, whole, lines, hold }) => () => ({
    ...{ type: 'TakeBackAllocation' as const, claim: allocation(name), order: order(name) },
    ...{ whole, reservation: hold },
    lines: lines.map(([of, count, restock], at) => ({
      ...{ sku: of, units: units(count), restock, line: lineId(order(name), at + 1) },
    })),
  }));

const command: fc.Arbitrary<Step['command']> = fc.oneof(
  { weight: 4, arbitrary: receive },
  { weight: 2, arbitrary: adjust },
  { weight: 2, arbitrary: count },
  { weight: 1, arbitrary: move },
  { weight: 1, arbitrary: putItem },
  { weight: 1, arbitrary: putClass },
  { weight: 6, arbitrary: reserve },
  { weight: 2, arbitrary: extend },
  { weight: 3, arbitrary: end },
  { weight: 5, arbitrary: allocate },
  { weight: 4, arbitrary: takeBack },
);

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ waitMs: fc.constantFrom(0, 0, 1, 1_000, 20_000), command }),
  { maxLength: 40, size: 'max' },
);
