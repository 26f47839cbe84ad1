import { deepStrictEqual } from 'node:assert/strict';
import { BrokenLaw } from '@holdfast/chassis/decider';
import { units } from '@holdfast/schema/quantities';
import { describe, expect, it } from 'vitest';
import { paris } from '../catalog/given.ts';
import { mug, received, reservation, seconds, shop, t0 } from '../stock/given.ts';
import { type DecideClaimCommand, decideClaim, type KeepClaim } from './decide-claim.ts';
import type { ClaimProblem } from './events.ts';
import {
  allocation,
  berlinTees,
  factsOf,
  lineOf,
  ofWide,
  opened,
  order,
  partHeld,
  reservationMade,
  specifyClaims,
  typesOf,
} from './given.ts';
import { decideWithinMs } from './open-claim.ts';

const claim = reservation('R9');
const deadline = t0 + decideWithinMs;
const rules = { holdSeconds: 900, holdSecondsMax: 1_800, paymentGraceSeconds: 60 };
const part = { lane: 2, lines: [lineOf([mug, paris, 2])], backordered: [] };
const keep: KeepClaim = { type: 'KeepClaim', claim, attempt: 1, parts: [part], rules };
const problem: ClaimProblem = {
  type: 'InsufficientStock',
  shortfalls: [{ sku: mug, requestedUnits: units(2), availableUnits: 1 }],
};
const refuse: DecideClaimCommand = { type: 'RefuseClaim', claim, attempt: 1, why: problem };
const ask: DecideClaimCommand = { type: 'AskClaim', claim };

const open = [...shop, received(5), opened(claim), ...partHeld('R9', [berlinTees(3)])];
const home = (at = t0) => specifyClaims(decideClaim, at);
const refusedFact = ofWide(claim, { type: 'ClaimRefused', claim, why: problem });
const keptFact = ofWide(claim, reservationMade('R9', [berlinTees(3), [mug, paris, 2]]));
const status = (expected: string) => (decision: unknown) =>
  deepStrictEqual((decision as { answer: { status: string } }).answer.status, expected);

describe('the first of kept and refused is the outcome', () => {
  it('kept: one fact with all lines, and the home’s own part firm', () =>
    home()
      .given(...open)
      .when(keep)
      .thenDecision((decision) => {
        deepStrictEqual(typesOf(decision), [
          ...['ReservationMade', 'ClaimPartKept', 'StockReservationExtended'],
        ]);
        const [made] = factsOf(decision) as unknown as [{ lines: unknown; expiresAt: number }];
        deepStrictEqual(made.lines, [lineOf(berlinTees(3)), lineOf([mug, paris, 2])]);
        deepStrictEqual(made.expiresAt, t0 + seconds(900));
      }));

  it('refused: with why, and the home’s own part free', () =>
    home()
      .given(...open)
      .when(refuse)
      .thenDecision((decision) => {
        deepStrictEqual(typesOf(decision), [
          ...['ClaimRefused', 'StockReservationReleased', 'ClaimPartRefused'],
        ]);
        status('refused')(decision);
      }));

  it.each([
    ['kept after refused', refusedFact, keep, 'refused'],
    ['refused after kept', keptFact, refuse, 'kept'],
    ['kept twice', keptFact, keep, 'kept'],
  ] as const)('%s changes nothing', (_, first, then, expected) =>
    home()
      .given(...open, first)
      .when(then)
      .thenDecision((decision) => {
        deepStrictEqual(factsOf(decision), []);
        status(expected)(decision);
      }),
  );

  it('never without a yes of each lane', () =>
    expect(() =>
      home()
        .given(...open)
        .when({ ...keep, parts: [] }),
    ).toThrow(BrokenLaw));

  it('of another attempt is nobody’s', () =>
    home()
      .given(...open)
      .when({ ...keep, attempt: 2 })
      .thenNothing());

  it('for an order is told once, with all that waits', () => {
    const forOrder = { claim: allocation('O1'), order: order('O1') };
    home()
      .given(
        ...[...shop, received(5), opened(forOrder.claim, { order: forOrder.order })],
        ...partHeld('R9', [berlinTees(3)], forOrder),
      )
      .when({ ...keep, claim: forOrder.claim })
      .thenDecision((decision) =>
        deepStrictEqual(typesOf(decision), [
          ...['AllocationMade', 'ClaimPartAllocated', 'StockReservationConverted'],
        ]),
      );
  });
});

describe('a claim that nobody decides', () => {
  it('is open until its deadline', () =>
    home(deadline)
      .given(...open)
      .when(ask)
      .thenNothing());

  it('is refused by whoever asks after it', () =>
    home(deadline + 1)
      .given(...open)
      .when(ask)
      .thenDecision((decision) => {
        const [fact] = factsOf(decision) as unknown as [{ why: { type: string } }];
        deepStrictEqual(fact.why, { type: 'Overdue' });
      }));

  it('of an order is no answer to it: it may be tried again', () =>
    home(deadline + 1)
      .given(
        ...[...shop, received(5), opened(allocation('O1'), { order: order('O1') })],
        ...partHeld('R9', [berlinTees(3)], { claim: allocation('O1'), order: order('O1') }),
      )
      .when({ type: 'AskClaim', claim: allocation('O1') })
      .thenDecision((decision) => deepStrictEqual(typesOf(decision)[0], 'ClaimRefused')));

  it('is kept all the same by a yes that comes before anybody asked', () =>
    home(deadline + 1)
      .given(...open)
      .when(keep)
      .thenDecision(status('kept')));
});

describe('afterwards', () => {
  it('its time ends it, once, at home', () =>
    home(t0 + seconds(900))
      .given(...open, keptFact)
      .when(ask)
      .thenDecision((decision) => deepStrictEqual(typesOf(decision)[0], 'ReservationExpired')));

  it('that all lanes have heard is noted, unless something has happened since', () => {
    const note = { type: 'NoteSettled', claim, attempt: 1, version: 2 } as const;
    home()
      .given(...open, keptFact)
      .when(note)
      .thenDecision((decision) => deepStrictEqual(typesOf(decision), ['ClaimSettled']));
    const released = { type: 'ReservationReleased', claim, reason: 'given back' } as const;
    home()
      .given(...open, keptFact, ofWide(claim, released))
      .when(note)
      .thenNothing();
  });
});
