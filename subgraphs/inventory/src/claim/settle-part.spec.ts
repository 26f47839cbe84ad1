import { deepStrictEqual } from 'node:assert/strict';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import {
  holdEnds,
  ofStock,
  received,
  reservation,
  seconds,
  shop,
  t0,
  tee,
} from '../stock/given.ts';
import { undecidedEnd } from '../stock/holds.ts';
import {
  ada,
  allocation,
  berlinTees,
  type Fact,
  factsOf,
  holding,
  lineOf,
  ofClaim,
  order,
  partHeld,
  specifyClaims,
  typesOf,
} from './given.ts';
import { decideSettleClaim, type PartOutcome, type SettleClaim } from './settle-part.ts';

const claim = reservation('R9');
const kept: PartOutcome = {
  type: 'kept',
  expiresAt: holdEnds,
  latestExpiresAt: t0 + seconds(1_800),
};
const refused: PartOutcome = { type: 'refused' };
const released: PartOutcome = {
  ...{ type: 'ended', by: { type: 'ReservationReleased', claim, reason: 'given back' } },
};
const settle = (outcome: PartOutcome, more: Partial<SettleClaim> = {}): SettleClaim => ({
  ...{ type: 'SettleClaim', claim, attempt: 1, lane: 2, outcome, ...more },
});
const lanes = specifyClaims(decideSettleClaim);
const held = [...shop, received(5), ...partHeld('R9', [berlinTees(3)], { buyer: ada })];
const types =
  (...expected: readonly string[]) =>
  (decision: never) =>
    deepStrictEqual(typesOf(decision), expected);

describe('a part hears that its claim is', () => {
  it('kept: firm until the end', () =>
    lanes
      .given(...held)
      .when(settle(kept))
      .then([
        {
          stream: `claim/${claim}`,
          events: [
            {
              type: 'ClaimPartKept',
              claim,
              expiresAt: holdEnds,
              latestExpiresAt: t0 + seconds(1_800),
            },
          ],
        },
        {
          stream: `sku/${tee}`,
          events: [
            {
              ...{
                type: 'StockReservationExtended',
                claim,
                location: lineOf(berlinTees(3)).location,
              },
              ...{ units: units(3), before: undecidedEnd, expiresAt: holdEnds },
            },
          ],
        },
      ]));

  it('refused: free again', () =>
    lanes
      .given(...held)
      .when(settle(refused))
      .thenDecision(
        types('StockReservationReleased', 'ClaimPartRefused', 'BuyerHoldEnded') as never,
      ));

  it('kept for an order: bound to it', () =>
    lanes
      .given(
        ...[...shop, received(5)],
        ...partHeld('R9', [berlinTees(3)], { claim: allocation('O1'), order: order('O1') }),
      )
      .when(settle({ type: 'allocated' }, { claim: allocation('O1') }))
      .thenDecision(types('ClaimPartAllocated', 'StockReservationConverted') as never));

  it('over already: free, though it never heard that it was kept', () =>
    lanes
      .given(...held)
      .when(settle(released))
      .thenDecision((decision) =>
        deepStrictEqual(
          new Set(typesOf(decision)),
          new Set([...['StockReservationReleased', 'ClaimPartRefused', 'BuyerHoldEnded']]),
        ),
      ));
});

describe('settling', () => {
  it.each([
    ['kept', kept, holding('R9', [berlinTees(3)])],
    ['refused', refused, [ofClaim(claim, { type: 'ClaimPartRefused', claim, attempt: 1 })]],
    ['of another attempt', refused, partHeld('R9', [berlinTees(3)], { attempt: 2 })],
  ] as const)('twice changes nothing: %s', (_, outcome, facts) =>
    lanes
      .given(...shop, received(5), ...(facts as readonly Fact[]))
      .when(settle(outcome))
      .thenNothing(),
  );

  it('a refusal before the request comes is remembered', () =>
    lanes
      .given(...shop, received(5))
      .when(settle(refused))
      .thenDecision(types('ClaimPartRefused') as never));

  it('never keeps what is not held: this owner is behind', () =>
    lanes
      .given(...shop, received(5))
      .when(settle(kept))
      .thenRejected({ type: 'PartUnheard', notKept: true }));
});

describe('an earlier hold that was pledged', () => {
  const earlier = reservation('R1');
  const pledged = [
    ...[...shop, received(5), ...holding('R1', [berlinTees(4)], { buyer: ada })],
    ofClaim(earlier, { type: 'ReservationPledged', claim: earlier, to: claim }),
    ofStock(tee, {
      ...{ type: 'StockReservationPassed', claim: earlier, to: claim, ...lineOf(berlinTees(4)) },
      ...{ before: holdEnds, expiresAt: undecidedEnd },
    } as never),
    ofClaim(claim, {
      ...{ type: 'ClaimPartHeld', claim, attempt: 1, lanes: [1, 2], order: undefined, buyer: ada },
      ...{ channel: 'default' as never, lines: [lineOf(berlinTees(3))], backordered: [] },
      ...{ held: [lineOf(berlinTees(4))], earlier: [earlier] },
    }),
  ];
  const unitsOf = (decision: never) =>
    factsOf(decision as never).flatMap((fact) =>
      'units' in (fact as object)
        ? [[(fact as { type: string }).type, (fact as { units: number }).units]]
        : [],
    );

  it('ends when the claim is kept, and what is too much is free', () =>
    lanes
      .given(...pledged)
      .when(settle(kept))
      .thenDecision((decision) => {
        deepStrictEqual(unitsOf(decision as never), [
          ['StockReservationExtended', 3],
          ['StockReservationReleased', 1],
        ]);
        deepStrictEqual(
          typesOf(decision).filter((type) => type === 'ReservationReleased').length,
          1,
        );
      }));

  it('is as it was when the claim is refused', () =>
    lanes
      .given(...pledged)
      .when(settle(refused))
      .thenDecision((decision) => {
        deepStrictEqual(unitsOf(decision as never), [['StockReservationPassed', 4]]);
        deepStrictEqual(typesOf(decision).includes('ReservationReturned'), true);
      }));

  it('that its own home has ended meanwhile gets nothing back', () =>
    lanes
      .given(
        ...pledged,
        ofClaim(earlier, { type: 'ReservationReleased', claim: earlier, reason: 'given back' }),
      )
      .when(settle(refused))
      .thenDecision((decision) =>
        deepStrictEqual(unitsOf(decision as never), [['StockReservationReleased', 4]]),
      ));
});
