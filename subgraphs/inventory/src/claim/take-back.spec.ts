import { deepStrictEqual } from 'node:assert/strict';
import { lineId, type Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import { paris } from '../catalog/given.ts';
import { holdEnds, lost, mug, received, reservation, shop, tee } from '../stock/given.ts';
import {
  allocating,
  allocation,
  berlinTees,
  type Fact,
  factsOf,
  holding,
  type Line,
  lineOf,
  ofClaim,
  order,
  specifyClaims,
  typesOf,
  wantedLine,
} from './given.ts';
import { decideTakeBack, streamsToTakeBack, type TakeBackAllocation } from './take-back.ts';

const stock = specifyClaims(decideTakeBack);
const claim = allocation('O1');
type Named = readonly [sku: Sku, units: number, restock?: boolean];

const takeBack = (
  whole: boolean,
  named: readonly Named[] = [],
  more: Partial<TakeBackAllocation> = {},
): TakeBackAllocation => ({
  ...{ type: 'TakeBackAllocation', claim, order: order('O1'), reservation: undefined, whole },
  lines: named.map(([of, count, restock = true], at) => ({
    ...{ sku: of, units: units(count), restock, line: lineId(order('O1'), at + 1) },
  })),
  ...more,
});

type Back = readonly [line: Line, restock: boolean, inspected?: number];

/** Units that come back, and units that nobody waits for any more. */
const back = (lines: readonly Back[], waiting: readonly (readonly [Sku, number])[] = []) => {
  const released = { type: 'AllocationReleased' as const, claim, order: order('O1') };
  return [
    {
      ...released,
      lines: lines.map(([line, restock]) => ({ ...lineOf(line), restock })),
      backordered: waiting.map(wantedLine),
    },
    ...waiting.map(([, count]) => ({
      ...{ type: 'StockBackorderCancelled' as const, claim, units: units(count) },
    })),
    ...lines.map(([[, location, count], , inspectedUnits = 0]) => ({
      ...{ type: 'StockAllocationReleased' as const, claim, location },
      ...{ units: units(count), inspectedUnits },
    })),
  ];
};

const thenBack = (given: readonly Fact[], command: TakeBackAllocation, facts: object[]) =>
  stock
    .given(...given)
    .when(command)
    .thenDecision((decision) => deepStrictEqual(factsOf(decision), facts));

const full = [...shop, received(10), received(4, { at: paris }), received(5, { of: mug })];
const bound = [...full, ...allocating('O1', [berlinTees(6), [tee, paris, 2], [mug, paris, 1]])];
const waiting = [...full, ...allocating('O1', [berlinTees(6)], [[tee, 4]])];

describe('some of it', () => {
  it('comes back free', () =>
    thenBack(bound, takeBack(false, [[tee, 2]]), back([[berlinTees(2), true]])));

  it('comes back from each location in turn', () =>
    thenBack(
      bound,
      takeBack(false, [[tee, 7]]),
      back([
        [berlinTees(6), true],
        [[tee, paris, 1], true],
      ]),
    ));

  it('goes to inspection when it is not to be restocked', () =>
    thenBack(bound, takeBack(false, [[tee, 2, false]]), back([[berlinTees(2), false, 2]])));

  it('two lines of one SKU may go different ways', () =>
    thenBack(
      bound,
      takeBack(false, [
        [tee, 2, false],
        [tee, 3, true],
      ]),
      back([
        [berlinTees(2), false, 2],
        [berlinTees(3), true],
      ]),
    ));

  it('is first what only waits', () =>
    thenBack(waiting, takeBack(false, [[tee, 5]]), back([[berlinTees(1), true]], [[tee, 4]])));

  it('is never more than there is', () =>
    thenBack(
      bound,
      takeBack(false, [[tee, 99]]),
      back([
        [berlinTees(6), true],
        [[tee, paris, 2], true],
      ]),
    ));

  it('is nothing of what the order does not have', () =>
    stock
      .given(...full, ...allocating('O1', [berlinTees(6)]))
      .when(takeBack(false, [[mug, 1]]))
      .thenNothing());
});

describe('the whole', () => {
  it('is all that is left and all that waits, restocked', () =>
    thenBack(
      waiting,
      takeBack(true),
      back(
        [
          [berlinTees(2), true],
          [berlinTees(4), true],
        ],
        [[tee, 4]],
      ),
    ));

  it('follows the lines, and restocks what they do not name', () =>
    thenBack(
      [...full, ...allocating('O1', [berlinTees(6)])],
      takeBack(true, [[tee, 2, false]]),
      back([
        [berlinTees(2), false, 2],
        [berlinTees(4), true],
      ]),
    ));

  it('changes nothing the second time', () =>
    stock
      .given(
        ...full,
        ...allocating('O1', [berlinTees(1)]),
        ofClaim(claim, {
          ...{ type: 'AllocationReleased', claim, order: order('O1'), backordered: [] },
          lines: [{ ...lineOf(berlinTees(1)), restock: true }],
        }),
      )
      .when(takeBack(true))
      .thenNothing());
});

describe('where units are missing', () => {
  const damaged = [...shop, received(6), ...allocating('O1', [berlinTees(6)]), lost(4)];

  it('inspects only those that are there', () =>
    thenBack(damaged, takeBack(true, [[tee, 6, false]]), back([[berlinTees(6), false, 2]])));

  it('inspects each of them once', () =>
    thenBack(
      damaged,
      takeBack(false, [
        [tee, 1, false],
        [tee, 3, false],
      ]),
      back([
        [berlinTees(1), false, 1],
        [berlinTees(3), false, 1],
      ]),
    ));
});

describe('before its allocation', () => {
  it('leaves a refusal, which the request then finds', () =>
    stock
      .given(...full)
      .when(takeBack(true))
      .then([
        {
          stream: `claim/${claim}`,
          events: [
            {
              ...{ type: 'AllocationRefused', claim, order: order('O1') },
              ...{ reason: 'Cancelled', shortfalls: [] },
            },
          ],
        },
      ]));

  it('leaves a refusal that stands as it is', () =>
    stock
      .given(
        ...full,
        ofClaim(claim, {
          ...{ type: 'AllocationRefused', claim, order: order('O1') },
          ...{ reason: 'InsufficientStock', shortfalls: [] },
        }),
      )
      .when(takeBack(true))
      .thenNothing());
});

describe('the reservation that the order named', () => {
  const held = [...full, ...holding('R1', [berlinTees(3)])];
  const command = takeBack(true, [], { reservation: reservation('R1') });

  it('is given back with it', () =>
    stock
      .given(...held)
      .when(command)
      .thenDecision((decision) =>
        deepStrictEqual(typesOf(decision), [
          ...['ReservationReleased', 'StockReservationReleased', 'AllocationRefused'],
        ]),
      ));

  it('is nothing to give back once it has lapsed', () =>
    specifyClaims(decideTakeBack, holdEnds)
      .given(...held)
      .when(command)
      .thenDecision((decision) => deepStrictEqual(typesOf(decision), ['AllocationRefused'])));

  it('is looked at beside the claim', () =>
    deepStrictEqual(streamsToTakeBack(command), [`claim/${claim}`, `claim/${reservation('R1')}`]));
});
