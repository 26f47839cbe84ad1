/**
 * Counts that say up to when they include what has moved, and positions that have lost what they
 * promised.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { BrokenLaw } from '@holdfast/chassis/decider';
import { units } from '@holdfast/schema/quantities';
import { describe, expect, it } from 'vitest';
import { type Catalog, emptyCatalog, evolveCatalog } from '../catalog/catalog.ts';
import { berlin, stores } from '../catalog/given.ts';
import { type CountStock, decideStock } from './decide.ts';
import type { StockEvent } from './events.ts';
import { holdEnds, itemSaved, lost, received, reserved, seconds, t0, tee } from './given.ts';
import {
  availableToPromise,
  freeUnits,
  movementsMax,
  onHandUnits,
  shortfallUnits,
} from './position.ts';
import {
  checkStockLaw,
  decodeStock,
  emptyStock,
  encodeStock,
  evolveStock,
  positionAt,
} from './stock.ts';

type Fact = { readonly event: StockEvent };
type Happened = readonly [at: number, fact: Fact];

const catalog: Catalog = stores.reduce(
  (folded, { event }) => evolveCatalog(folded, event),
  emptyCatalog(),
);
const stockAfter = (...happened: readonly Happened[]) =>
  [[t0, itemSaved(tee)] as const, ...happened].reduce(
    (stock, [at, { event }]) => evolveStock(stock, event, { at }),
    emptyStock(tee),
  );
const count = (counted: number, includesUpTo: number): CountStock => ({
  ...{ type: 'CountStock', sku: tee, location: berlin, condition: 'SELLABLE', reason: 'count' },
  ...{ units: units(counted), compareUnits: undefined, includesUpTo },
});
const noon = t0 + seconds(100);

/** What on hand becomes by a count at `noon`. */
function counted(command: CountStock, ...happened: readonly Happened[]) {
  const stock = stockAfter(...happened);
  const decision = decideStock(command, stock, catalog, noon);
  if (decision.type !== 'accepted') return decision;
  for (const { events } of decision.changes) {
    for (const event of events) evolveStock(stock, event, { at: noon });
  }
  return onHandUnits(positionAt(stock, berlin));
}

describe('a count of an earlier moment', () => {
  const moment = t0 + seconds(50);

  it('keeps what moved after it', () =>
    deepStrictEqual(
      counted(count(7, moment), [t0, received(10)], [moment + 1, received(5)], [noon, lost(1)]),
      11,
    ));

  it('includes what moved at that very moment', () =>
    deepStrictEqual(counted(count(7, moment), [t0, received(10)], [moment, received(5)]), 7));

  it('does not keep movements of other conditions', () =>
    deepStrictEqual(
      counted(count(7, moment), [t0, received(10)], [noon, received(5, { condition: 'DAMAGED' })]),
      7 + 5,
    ));

  it('is refused when more has left since than was counted', () =>
    deepStrictEqual(counted(count(2, moment), [t0, received(10)], [noon, lost(3)]), {
      type: 'rejected',
      rejection: {
        ...{ type: 'InvalidInput', path: ['quantity'], notKept: true },
        message: '1 more units have left since than were counted',
      },
    }));

  it('may lie five minutes ahead of our clock, as clocks do', () =>
    deepStrictEqual(counted(count(7, noon + seconds(300)), [t0, received(10)]), 7));

  it('is refused beyond that', () =>
    deepStrictEqual(counted(count(7, noon + seconds(300) + 1), [t0, received(10)]), {
      type: 'rejected',
      rejection: {
        ...{ type: 'InvalidInput', path: ['includesUpTo'], notKept: true },
        message: 'it is in the future',
      },
    }));
});

describe('movements forgotten', () => {
  const many = Array.from(
    { length: movementsMax + 1 },
    (_, index): Happened => [t0 + index, received(1)],
  );

  it('a count reaches back to the last one forgotten', () =>
    deepStrictEqual(counted(count(7, t0), ...many), 7 + movementsMax));

  it('and no further', () =>
    expect(counted(count(7, t0 - 1), ...many)).toMatchObject({
      rejection: { type: 'InvalidInput', path: ['includesUpTo'] },
    }));

  it('nothing is forgotten as long as they fit', () =>
    deepStrictEqual(counted(count(7, 0), ...many.slice(1)), 7 + movementsMax));
});

describe('after a loss', () => {
  const stock = () => stockAfter([t0, received(10)], [t0, reserved('R1', 8)], [t0, lost(5)]);
  const short = () => positionAt(stock(), berlin);

  it('what is committed and not there is the shortfall, and nothing is free', () => {
    deepStrictEqual(shortfallUnits(short(), t0), 3);
    deepStrictEqual(availableToPromise(short(), 0, t0), 0);
  });

  it('a receipt fills the shortfall first', () => {
    const position = positionAt(evolveStock(stock(), received(4).event, { at: t0 }), berlin);
    deepStrictEqual(shortfallUnits(position, t0), 0);
    deepStrictEqual(availableToPromise(position, 0, t0), 1);
  });

  it('an expired hold is missed no more', () => {
    deepStrictEqual(freeUnits(short(), holdEnds - 1), -3);
    deepStrictEqual(freeUnits(short(), holdEnds), 5);
  });
});

describe('the law', () => {
  it.each([
    ['a promise of what is not free', [received(3), reserved('R1', 4)]],
    ['fewer than no units', [received(3), lost(4)]],
  ])('breaks by %s', (_, facts) => {
    const stock = stockAfter(...facts.map((fact): Happened => [t0, fact]));
    const last = facts.at(-1)?.event;
    expect(() => checkStockLaw(stock, last ? [last] : [], t0)).toThrow(BrokenLaw);
  });

  it('bears a promise of the last unit, and a loss after it', () => {
    const last = reserved('R1', 3);
    const stock = stockAfter([t0, received(3)], [t0, last]);
    checkStockLaw(stock, [last.event], t0);
    checkStockLaw(evolveStock(stock, lost(3).event, { at: t0 }), [lost(3).event], t0);
  });
});

it('a stock written down and read again is the same', () => {
  const stock = stockAfter(
    [t0, received(10)],
    [t0, reserved('R1', 2)],
    [t0, reserved('R2', 3, { ends: holdEnds - 1 })],
  );
  const text = JSON.parse(JSON.stringify(encodeStock(stock)));
  deepStrictEqual(decodeStock(tee, text), stock);
});
