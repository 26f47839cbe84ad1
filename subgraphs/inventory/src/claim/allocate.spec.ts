import { deepStrictEqual } from 'node:assert/strict';
import type { AllocationRefused } from '@holdfast/schema/events';
import { defaultChannel } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import { channelCode, channelSaved, classSaved, paris } from '../catalog/given.ts';
import { holdEnds, itemSaved, mug, received, reservation, shop, tee } from '../stock/given.ts';
import { type AllocateStock, decideAllocate, streamsToAllocate } from './allocate.ts';
import {
  ada,
  allocating,
  allocation,
  allocationMade,
  berlinTees,
  factsOf,
  holding,
  type Line,
  lineOf,
  ofClaim,
  order,
  partHeld,
  specifyClaims,
  wantedLine,
} from './given.ts';
import { spansLanes } from './reserve.ts';

const stock = specifyClaims(decideAllocate);
const claim = allocation('O1');
const allocate = (
  wanted: readonly (readonly [typeof tee, number])[],
  more: Partial<AllocateStock> = {},
): AllocateStock => ({
  ...{ type: 'AllocateStock', order: order('O1'), claim, channel: defaultChannel },
  ...{ reservation: undefined, lines: wanted.map(wantedLine), ...more },
});
const bound = (of: typeof tee, ...lines: readonly Line[]) => ({
  stream: `sku/${of}`,
  events: lines.map(lineOf).map(({ sku: _, ...placed }) => ({
    ...{ type: 'StockAllocated' as const, claim, ...placed, backordered: false },
  })),
});
const made = (
  ...args: Parameters<typeof allocationMade> extends [string, ...infer Rest] ? Rest : never
) => ({
  stream: `claim/${claim}`,
  events: [allocationMade('O1', ...args)],
});
const refused = (
  reason: AllocationRefused['reason'],
  ...shortfalls: readonly (readonly [typeof tee, number, number])[]
) => [
  {
    stream: `claim/${claim}`,
    events: [
      {
        ...{ type: 'AllocationRefused' as const, claim, order: order('O1'), reason },
        shortfalls: shortfalls.map(([of, requested, availableUnits]) => ({
          ...{ sku: of, requestedUnits: units(requested), availableUnits },
        })),
      },
    ],
  },
];
const full = [...shop, received(10), received(4, { at: paris }), received(5, { of: mug })];
const patient = [classSaved('patient', { backorder: 'UNLIMITED' }), itemSaved(tee, 'patient')];

describe('from what is free', () => {
  it('binds units to the order, split in the order of the channel', () => {
    const lines: readonly Line[] = [berlinTees(10), [tee, paris, 2]];
    stock
      .given(...full)
      .when(allocate([[tee, 12]]))
      .then([bound(tee, ...lines), made(lines)], { claim });
  });

  it('keeps to the channel', () =>
    stock
      .given(...full, channelSaved('web', paris))
      .when(allocate([[tee, 5]], { channel: channelCode('web') }))
      .then(refused('InsufficientStock', [tee, 5, 4])));

  it('is all or nothing, and refusal is a fact for the order to hear', () =>
    stock
      .given(...full)
      .when(
        allocate([
          [tee, 14],
          [mug, 6],
        ]),
      )
      .then(refused('InsufficientStock', [mug, 6, 5]), { claim }));

  it('asks nobody whether the class is reserved: a direct order is allowed', () =>
    stock
      .given(...full, classSaved('made', { mode: 'ALLOCATION' }), itemSaved(tee, 'made'))
      .when(allocate([[tee, 1]]))
      .then([bound(tee, berlinTees(1)), made([berlinTees(1)])]));

  it('tells the shortest grace of the classes', () =>
    stock
      .given(...full, classSaved('quick', { paymentGraceSeconds: 60 }), itemSaved(mug, 'quick'))
      .when(
        allocate([
          [tee, 1],
          [mug, 1],
        ]),
      )
      .thenDecision((decision) => {
        const fact = factsOf(decision).find(({ type }) => type === 'AllocationMade');
        deepStrictEqual(fact && 'paymentGraceSeconds' in fact && fact.paymentGraceSeconds, 60);
      }));
});

describe('what its class lets wait', () => {
  const waits = (count: number) => ({
    type: 'StockBackordered' as const,
    ...{ claim, channel: defaultChannel, units: units(count) },
  });

  it('waits for what is missing, and takes the rest', () => {
    const lines: readonly Line[] = [berlinTees(10), [tee, paris, 4]];
    const { stream, events } = bound(tee, ...lines);
    stock
      .given(...full, ...patient)
      .when(allocate([[tee, 17]]))
      .then([{ stream, events: [...events, waits(3)] }, made(lines, [[tee, 3]])]);
  });

  it('waits for all of it', () =>
    stock
      .given(...shop, ...patient)
      .when(allocate([[tee, 2]]))
      .then([{ stream: 'sku/TEE', events: [waits(2)] }, made([], [[tee, 2]])]));

  it('does not wait beside a SKU that may not', () =>
    stock
      .given(...full, ...patient)
      .when(
        allocate([
          [tee, 15],
          [mug, 6],
        ]),
      )
      .then(refused('InsufficientStock', [mug, 6, 5])));
});

describe('from a reservation', () => {
  const lines: readonly Line[] = [berlinTees(8), [tee, paris, 2]];
  const held = [...full, ...holding('R1', lines, { buyer: ada })];
  const ask = allocate([[tee, 10]], { reservation: reservation('R1') });
  const ended = { claim: reservation('R1'), order: order('O1'), allocation: claim };
  const converted = ofClaim(reservation('R1'), { type: 'ReservationConverted', ...ended });

  it("its units become the order's, where they are", () =>
    stock
      .given(...held)
      .when(ask)
      .then([
        {
          stream: `claim/${reservation('R1')}`,
          events: [{ type: 'ReservationConverted', ...ended }],
        },
        {
          stream: 'sku/TEE',
          events: lines.map(lineOf).map(({ sku: _, ...placed }) => ({
            ...{ type: 'StockReservationConverted' as const, allocation: claim },
            ...{ claim: reservation('R1'), ...placed, expiresAt: holdEnds },
          })),
        },
        {
          stream: `buyer/${ada}`,
          events: [{ type: 'BuyerHoldEnded', claim: reservation('R1') }],
        },
        made(lines),
      ]));

  it('takes lapsed units again when they are still free', () =>
    specifyClaims(decideAllocate, holdEnds)
      .given(...held)
      .when(ask)
      .then([bound(tee, berlinTees(10)), made([berlinTees(10)])]));

  it('refuses lapsed units that others have by now', () =>
    specifyClaims(decideAllocate, holdEnds)
      .given(...held, ...allocating('O2', [berlinTees(10)]))
      .when(ask)
      .then(refused('InsufficientStock', [tee, 10, 4])));

  it('refuses one that another order has taken', () =>
    stock
      .given(...held, converted)
      .when(ask)
      .then(refused('ReservationGone')));

  it.each(['given back', 'replaced'] as const)('tries what is free when it was %s', (reason) =>
    stock
      .given(
        ...full,
        ofClaim(reservation('R1'), {
          ...{ type: 'ReservationMade', claim: reservation('R1'), channel: defaultChannel },
          ...{
            buyer: ada,
            lines: lines.map(lineOf),
            expiresAt: holdEnds,
            latestExpiresAt: holdEnds,
          },
        }),
        ofClaim(reservation('R1'), {
          ...{ type: 'ReservationReleased', claim: reservation('R1'), reason },
        }),
      )
      .when(ask)
      .then([bound(tee, berlinTees(10)), made([berlinTees(10)])]),
  );
});

it('decides once: a repeated request changes nothing', () =>
  stock
    .given(...full, ...allocating('O1', [berlinTees(1)]))
    .when(allocate([[tee, 1]]))
    .thenNothing());

it.each([
  ['is undecided', partHeld('O1', [berlinTees(1)], { claim, order: order('O1') })],
  ['was not decided in time', [ofClaim(claim, { type: 'ClaimPartRefused', claim, attempt: 1 })]],
])('spends no key where its claim over several lanes %s', (_, facts) =>
  stock
    .given(...full, ...facts)
    .when(allocate([[tee, 1]]))
    .thenRejected(spansLanes),
);

it('names all it looks at', () =>
  deepStrictEqual(streamsToAllocate(allocate([[tee, 1]], { reservation: reservation('R1') })), [
    `claim/${claim}`,
    'sku/TEE',
    `claim/${reservation('R1')}`,
  ]));
