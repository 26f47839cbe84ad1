import { deepStrictEqual } from 'node:assert/strict';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import { mug, received, reservation, shop, tee } from '../stock/given.ts';
import {
  ada,
  allocation,
  berlinTees,
  factsOf,
  holding,
  lineOf,
  ofClaim,
  order,
  partHeld,
  reserve,
  specifyClaims,
  typesOf,
} from './given.ts';
import {
  decideLookAtPart,
  decidePledgeEarlier,
  decideTryClaim,
  type PledgeEarlier,
  type TryClaim,
} from './hold-part.ts';

const claim = reservation('R9');
const attempt = (number: number, more: Partial<TryClaim> = {}): TryClaim => ({
  ...{ type: 'TryClaim', asked: reserve('R9', 3, { buyer: ada }), attempt: number, lanes: [1, 2] },
  ...{ lane: 2, here: [tee], earlier: [], ...more },
});
const five = [...shop, received(5)];
const tries = specifyClaims(decideTryClaim);
const answers = (type: string) => (decision: { readonly type: string }) =>
  deepStrictEqual((decision as unknown as { answer: { type: string } }).answer.type, type);

describe('a lane is asked for its part', () => {
  it('and holds it until the claim is decided, whatever the time', () =>
    tries
      .given(...five)
      .when(attempt(1))
      .thenDecision((decision) => {
        answers('yes')(decision);
        deepStrictEqual(typesOf(decision), ['ClaimPartHeld', 'StockReserved', 'BuyerHoldBegan']);
        const [, held] = factsOf(decision);
        deepStrictEqual(held, {
          ...{ type: 'StockReserved', claim, location: 'BER', units: units(3) },
          expiresAt: 8.64e15,
        });
      }));

  it('says no by firm commitments, and remembers it', () =>
    tries
      .given(...five, ...holding('R1', [berlinTees(3)]))
      .when(attempt(1))
      .thenDecision((decision) => {
        answers('no')(decision);
        deepStrictEqual(typesOf(decision), ['ClaimPartRefused']);
      }));

  it('waits where only holds that are undecided are in the way', () =>
    tries
      .given(...five, ...partHeld('R1', [berlinTees(3)]))
      .when(attempt(1))
      .thenRejected({ type: 'HoldsUndecided', notKept: true }));

  it('says no where it would be short even without them', () =>
    tries
      .given(...five, ...holding('R2', [berlinTees(3)]), ...partHeld('R1', [berlinTees(2)]))
      .when(attempt(1))
      .thenDecision(answers('no')));

  it('answers a repeated request as at first', () =>
    tries
      .given(...five, ...partHeld('R9', [berlinTees(3)], { buyer: ada }))
      .when(attempt(1))
      .thenDecision((decision) => {
        answers('yes')(decision);
        deepStrictEqual(factsOf(decision), []);
      }));

  it.each([
    ['refused', [ofClaim(claim, { type: 'ClaimPartRefused', claim, attempt: 1 })], 1],
    ['kept', holding('R9', [berlinTees(3)]), 1],
    ['tried again since', partHeld('R9', [berlinTees(3)], { attempt: 2 }), 1],
  ] as const)('too late, when it was %s: it is over', (_, facts, number) =>
    tries
      .given(...five, ...facts)
      .when(attempt(number))
      .thenDecision((decision) => {
        answers('over')(decision);
        deepStrictEqual(factsOf(decision), []);
      }),
  );

  it('holds it again in a later attempt', () =>
    tries
      .given(...five, ofClaim(claim, { type: 'ClaimPartRefused', claim, attempt: 1 }))
      .when(attempt(2))
      .thenDecision(answers('yes')));

  it('is looked at without taking anything', () =>
    specifyClaims(decideLookAtPart)
      .given(...shop, received(1))
      .when({ ...attempt(1), type: 'LookAtPart' })
      .thenDecision((decision) => {
        answers('no')(decision);
        deepStrictEqual(factsOf(decision), []);
      }));
});

describe('an earlier hold of the same buyer', () => {
  const earlier = holding('R1', [berlinTees(4)], { buyer: ada });

  it('is pledged, and its units count once: the larger, not the sum', () =>
    tries
      .given(...five, ...earlier)
      .when(attempt(1, { asked: reserve('R9', 5, { buyer: ada }) }))
      .thenDecision((decision) => {
        answers('yes')(decision);
        const moved = factsOf(decision).flatMap((fact) =>
          'units' in fact ? [[fact.type, Number(fact.units)]] : [],
        );
        deepStrictEqual(moved, [
          ['StockReservationPassed', 4],
          ['StockReserved', 1],
        ]);
      }));

  it('that is pledged to another claim is waited for', () =>
    tries
      .given(
        ...[...five, ...earlier],
        ofClaim(reservation('R1'), {
          ...{ type: 'ReservationPledged', claim: reservation('R1'), to: reservation('R2') },
        }),
      )
      .when(attempt(1))
      .thenRejected({ type: 'HoldsUndecided', notKept: true }));

  const pledge: PledgeEarlier = {
    ...attempt(1, { here: [], lane: 1 }),
    ...{ type: 'PledgeEarlier', earlier: [reservation('R1')] },
  };
  const pledges = specifyClaims(decidePledgeEarlier);

  it('in a lane of its own is pledged there, and nothing else is taken', () =>
    pledges
      .given(...five, ...earlier)
      .when(pledge)
      .thenDecision((decision) => {
        answers('yes')(decision);
        deepStrictEqual(
          new Set(typesOf(decision)),
          new Set([...['ReservationPledged', 'StockReservationPassed', 'ClaimPartHeld']]),
        );
      }));

  it('is never waited for there: it is busy at once', () =>
    pledges
      .given(...five, ...partHeld('R1', [berlinTees(4)]))
      .when(pledge)
      .thenDecision((decision) => {
        answers('no')(decision);
        deepStrictEqual(factsOf(decision), []);
      }));
});

describe('a reservation that an order names', () => {
  const asked = {
    ...{ type: 'AllocateStock' as const, claim: allocation('O1'), order: order('O1') },
    ...{ channel: 'default' as never, reservation: reservation('R1') },
    lines: [{ sku: tee, units: units(4) }],
  };
  const forOrder = attempt(1, { asked });

  it('gives its units, where they are', () =>
    tries
      .given(...five, ...holding('R1', [berlinTees(4)]))
      .when(forOrder)
      .thenDecision((decision) => {
        const { answer } = decision as unknown as { answer: { lines: unknown } };
        deepStrictEqual(answer.lines, [lineOf(berlinTees(4))]);
      }));

  it('that lapsed here is replaced by what is free', () =>
    tries
      .given(...five)
      .when(forOrder)
      .thenDecision(answers('yes')));

  it('that another order has is gone', () =>
    tries
      .given(
        ...[...five, ...holding('R1', [berlinTees(4)])],
        ofClaim(reservation('R1'), {
          ...{ type: 'ReservationConverted', claim: reservation('R1'), order: order('O2') },
          allocation: allocation('O2'),
        }),
      )
      .when(forOrder)
      .thenDecision((decision) => {
        const { answer } = decision as unknown as { answer: { problem: { type: string } } };
        deepStrictEqual(answer.problem.type, 'ReservationGone');
      }));

  it('waits for units only where its class lets it', () =>
    tries
      .given(...five)
      .when(
        attempt(1, { asked: { ...asked, lines: [{ sku: mug, units: units(1) }] }, here: [mug] }),
      )
      .thenDecision(answers('no')));
});
