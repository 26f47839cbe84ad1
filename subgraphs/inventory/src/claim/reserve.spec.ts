import { deepStrictEqual } from 'node:assert/strict';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import {
  berlin,
  channelCode,
  channelSaved,
  classSaved,
  locationCode,
  paris,
} from '../catalog/given.ts';
import {
  allocated,
  holdEnds,
  itemSaved,
  lost,
  mug,
  received,
  reservation,
  reserved,
  seconds,
  shop,
  sku,
  t0,
  tee,
} from '../stock/given.ts';
import {
  ada,
  allocation,
  berlinTees,
  factsOf,
  holding,
  type Line,
  lineOf,
  reservationMade,
  reserve,
  specifyClaims,
  typesOf,
} from './given.ts';
import { decideReserve, type ReserveDecision } from './reserve.ts';

const stock = specifyClaims(decideReserve);
const full = [...shop, received(10), received(4, { at: paris }), received(5, { of: mug })];

/** The locations that the units come from, in the hold's order. */
const holds =
  (...lines: readonly Line[]) =>
  (decision: ReserveDecision | { readonly type: string }) => {
    const made = factsOf(decision as ReserveDecision).find(
      ({ type }) => type === 'ReservationMade',
    );
    deepStrictEqual(made && 'lines' in made ? made.lines : made, lines.map(lineOf));
  };
const short = (...shortfalls: readonly (readonly [typeof tee, number, number])[]) => ({
  type: 'InsufficientStock' as const,
  shortfalls: shortfalls.map(([of, requested, availableUnits]) => ({
    ...{ sku: of, requestedUnits: units(requested), availableUnits },
  })),
});

describe('a hold', () => {
  it('is a fact of its claim and of each SKU', () =>
    stock
      .given(...full)
      .when(reserve('R1', 3))
      .then(
        [
          {
            stream: `claim/${reservation('R1')}`,
            events: [reservationMade('R1', [berlinTees(3)])],
          },
          { stream: 'sku/TEE', events: [reserved('R1', 3).event] },
        ],
        { claim: reservation('R1'), expiresAt: holdEnds, version: 1 },
      ));

  it('refuses what cannot be promised, and says how much could be', () =>
    stock
      .given(...shop, received(10), reserved('R1', 8))
      .when(reserve('R2', 3))
      .thenRejected(short([tee, 3, 2])));

  it('takes the last unit', () =>
    stock
      .given(...shop, received(10), reserved('R1', 8))
      .when(reserve('R2', 2))
      .thenDecision(holds(berlinTees(2))));

  it('is all or nothing, and tells every SKU that is short', () =>
    stock
      .given(...full)
      .when(
        reserve('R1', [
          [tee, 15],
          [mug, 6],
        ]),
      )
      .thenRejected(short([tee, 15, 14], [mug, 6, 5])));

  it.each([
    ['allocated', allocated(allocation('O1'), 8)],
    ['lost', lost(8)],
  ])('does not promise what is %s', (_, gone) =>
    stock
      .given(...shop, received(10), gone)
      .when(reserve('R1', 3))
      .thenRejected(short([tee, 3, 2])),
  );

  it.each([
    'QUALITY_INSPECTION',
    'RETURN_PENDING',
    'DAMAGED',
    'BLOCKED',
    'EXPIRED',
    'UNKNOWN',
  ] as const)('does not promise what is %s', (condition) =>
    stock
      .given(...shop, received(10, { condition }))
      .when(reserve('R1', 1))
      .thenRejected(short([tee, 1, 0])),
  );

  it('leaves the safety stock of each location', () => {
    const careful = stock.given(
      ...[...shop, classSaved('careful', { safetyStock: 3 }), itemSaved(tee, 'careful')],
      ...[received(10), received(4, { at: paris })],
    );
    careful.when(reserve('R1', 9)).thenRejected(short([tee, 9, 8]));
    careful.when(reserve('R1', 8)).thenDecision(holds(berlinTees(7), [tee, paris, 1]));
  });
});

describe('where a hold is', () => {
  it('splits in the order of the channel', () =>
    stock
      .given(...full, channelSaved('web', paris, berlin))
      .when(reserve('R1', 6, { channel: channelCode('web') }))
      .thenDecision(holds([tee, paris, 4], berlinTees(2))));

  it('keeps to the locations of the channel', () =>
    stock
      .given(...full, channelSaved('web', paris))
      .when(reserve('R1', 5, { channel: channelCode('web') }))
      .thenRejected(short([tee, 5, 4])));

  it('keeps to the wished location', () =>
    stock
      .given(...full)
      .when(reserve('R1', [[tee, 0, [paris, 5]]]))
      .thenRejected(short([tee, 5, 4])));

  it('serves wishes first, then the rest from where it can', () =>
    stock
      .given(...full)
      .when(reserve('R1', [[tee, 4, [berlin, 8]]]))
      .thenDecision(holds(berlinTees(10), [tee, paris, 2])));

  it('counts wishes and the rest of one SKU together', () =>
    stock
      .given(...full)
      .when(reserve('R1', [[tee, 6, [berlin, 9]]]))
      .thenRejected(short([tee, 15, 14])));
});

describe('what is unknown, in this order', () => {
  const ghost = sku('GHOST');
  const mars = locationCode('MARS');
  const nowhere = channelCode('nowhere');

  it('the channel', () =>
    stock
      .given(...full)
      .when(reserve('R1', [[ghost, 0, [mars, 1]]], { channel: nowhere }))
      .thenRejected({ type: 'ChannelNotFound', notKept: true }));

  it('all SKUs that nobody has put', () =>
    stock
      .given(...full)
      .when(
        reserve('R1', [
          [ghost, 0, [mars, 1]],
          [tee, 99],
          [sku('GONE'), 1],
        ]),
      )
      .thenRejected({ type: 'UnknownSku', skus: [ghost, sku('GONE')], notKept: true }));

  it('the wished location', () =>
    stock
      .given(...full)
      .when(reserve('R1', [[tee, 99, [mars, 1]]]))
      .thenRejected({ type: 'LocationNotFound', location: mars, notKept: true }));

  it('a wished location that the channel does not have', () =>
    stock
      .given(...full, channelSaved('web', paris))
      .when(reserve('R1', [[tee, 99, [berlin, 1]]], { channel: channelCode('web') }))
      .thenRejected({ type: 'LocationNotInChannel', location: berlin, notKept: true }));

  it('a SKU that is taken by orders only', () =>
    stock
      .given(...full, classSaved('made', { mode: 'ALLOCATION' }), itemSaved(mug, 'made'))
      .when(
        reserve('R1', [
          [tee, 99],
          [mug, 1],
        ]),
      )
      .thenRejected({ type: 'AllocationOnly', sku: mug }));
});

describe("a buyer's own hold", () => {
  const own = holding('R1', [berlinTees(10), [mug, berlin, 5]], { buyer: ada });
  const sold = [...shop, received(10), received(5, { of: mug })];

  it('is replaced, as a whole', () =>
    stock
      .given(...sold, ...own)
      .when(reserve('R2', 10, { buyer: ada }))
      .thenDecision((decision) => {
        holds(berlinTees(10))(decision);
        deepStrictEqual(typesOf(decision), [
          ...['ReservationReleased', 'StockReservationReleased', 'StockReserved'],
          ...['StockReservationReleased', 'BuyerHoldEnded', 'BuyerHoldBegan', 'ReservationMade'],
        ]);
      }));

  it('is not doubled: one more than there is stays one too many', () =>
    stock
      .given(...sold, ...own)
      .when(reserve('R2', 11, { buyer: ada }))
      .thenRejected(short([tee, 11, 10])));

  it('stays when it shares no SKU with the new one', () =>
    stock
      .given(...sold, ...holding('R1', [berlinTees(4)], { buyer: ada }))
      .when(reserve('R2', [[mug, 1]], { buyer: ada }))
      .thenDecision((decision) =>
        deepStrictEqual(typesOf(decision), ['ReservationMade', 'StockReserved', 'BuyerHoldBegan']),
      ));

  it('blocks others', () =>
    stock
      .given(...sold, ...own)
      .when(reserve('R2', 1))
      .thenRejected(short([tee, 1, 0])));

  it('is nothing to give back once it has lapsed', () =>
    specifyClaims(decideReserve, holdEnds)
      .given(...sold, ...own)
      .when(reserve('R2', 10, { buyer: ada }))
      .thenDecision((decision) =>
        deepStrictEqual(typesOf(decision), ['ReservationMade', 'StockReserved', 'BuyerHoldBegan']),
      ));
});

describe('how long', () => {
  const classes = [
    classSaved('quick', { holdSeconds: 60, holdSecondsMax: 120 }),
    classSaved('slow', { holdSeconds: 600, holdSecondsMax: 3_600 }),
    ...[itemSaved(tee, 'quick'), itemSaved(mug, 'slow')],
  ];
  const both = [[tee, 1] as const, [mug, 1] as const];
  const endsAfter = (wish: readonly (typeof both)[number][], ttlSeconds: number | undefined) => {
    let ends: number | undefined;
    stock
      .given(...full, ...classes)
      .when(reserve('R1', wish, { ttlSeconds }))
      .thenDecision((decision) => {
        if (decision.type === 'accepted') ends = (decision.answer.expiresAt - t0) / seconds(1);
      });
    return ends;
  };

  it.each([
    ["its class's length", [[tee, 1]], undefined, 60],
    ['the wish', [[tee, 1]], 90, 90],
    ['the bound of its class', [[tee, 1]], 120, 120],
    ['no longer than that', [[tee, 1]], 121, 120],
    ['the shortest of several', both, undefined, 60],
    ['the shortest bound of several', both, 600, 120],
    ['a second', both, 1, 1],
  ] as const)('%s', (_, wish, ttlSeconds, length) =>
    deepStrictEqual(endsAfter(wish as never, ttlSeconds), length),
  );

  it('others may have it at the moment a hold ends, swept or not', () => {
    const taken = [...shop, received(1), reserved('R1', 1)];
    specifyClaims(decideReserve, holdEnds - 1)
      .given(...taken)
      .when(reserve('R2', 1))
      .thenRejected(short([tee, 1, 0]));
    specifyClaims(decideReserve, holdEnds)
      .given(...taken)
      .when(reserve('R2', 1))
      .thenDecision(holds(berlinTees(1)));
  });
});
