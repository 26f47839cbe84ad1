import { BrokenLaw } from '@holdfast/chassis/decider';
import { describe, expect, it } from 'vitest';
import { paris } from '../catalog/given.ts';
import { holdEnds, mug, received, reservation, seconds, shop, t0, tee } from '../stock/given.ts';
import { evolveClaim, noClaim, statusOf } from './claim.ts';
import {
  ada,
  allocation,
  berlinTees,
  holding,
  type Line,
  lineOf,
  ofClaim,
  order,
  reservationMade,
  specifyClaims,
} from './given.ts';
import { decideHoldLife } from './hold-life.ts';

const claim = reservation('R1');
const [extend, release, expire] = [
  (ttlSeconds: number) => ({ type: 'ExtendReservation', claim, ttlSeconds }) as const,
  { type: 'ReleaseReservation', claim } as const,
  { type: 'ExpireReservation', claim } as const,
];
const lines: readonly Line[] = [berlinTees(3), [mug, paris, 1]];
const held = [
  ...[...shop, received(5), received(5, { of: mug, at: paris })],
  ...holding('R1', lines, { buyer: ada }),
];
const now = specifyClaims(decideHoldLife).given(...held);
const at = (moment: number) => specifyClaims(decideHoldLife, moment).given(...held);
const answer = (version: number, expiresAt = holdEnds) => ({ claim, expiresAt, version });

const converted = ofClaim(claim, {
  ...{ type: 'ReservationConverted', claim, order: order('O1'), allocation: allocation('O1') },
});
const released = ofClaim(claim, { type: 'ReservationReleased', claim, reason: 'given back' });

/** What a hold's end is in its own stream, at its SKUs and with its buyer. */
const ending = (own: object, type: 'StockReservationReleased' | 'StockReservationExpired'): never =>
  [
    { stream: `claim/${claim}`, events: [own] },
    ...lines.map(lineOf).map(({ sku, ...placed }) => ({
      stream: `sku/${sku}`,
      events: [{ type, claim, ...placed, expiresAt: holdEnds }],
    })),
    { stream: `buyer/${ada}`, events: [{ type: 'BuyerHoldEnded', claim }] },
  ] as never;

describe('any of them', () => {
  it.each([extend(1), release, expire])('$type knows its reservation or refuses', (command) =>
    specifyClaims(decideHoldLife)
      .given(...shop)
      .when(command)
      .thenRejected({ type: 'ReservationNotFound', notKept: true }),
  );
});

describe('extending', () => {
  const extended = (expiresAt: number) =>
    [
      { stream: `claim/${claim}`, events: [{ type: 'ReservationExtended', claim, expiresAt }] },
      ...lines.map(lineOf).map(({ sku, ...placed }) => ({
        stream: `sku/${sku}`,
        events: [
          { type: 'StockReservationExtended', claim, ...placed, expiresAt, before: holdEnds },
        ],
      })),
    ] as never;

  it('ends so many seconds from now', () =>
    now.when(extend(1_000)).then(extended(t0 + seconds(1_000)), answer(2, t0 + seconds(1_000))));

  it('may shorten', () => now.when(extend(1)).then(extended(t0 + seconds(1))));

  it('never goes beyond what the class allows after it was made', () =>
    now.when(extend(1_801)).then(extended(t0 + seconds(1_800))));

  it('changes nothing when it ends then anyway', () => now.when(extend(900)).thenNothing());

  it('is possible until the last moment, and not at the end itself', () => {
    at(holdEnds - 1)
      .when(extend(60))
      .then(extended(holdEnds - 1 + seconds(60)));
    at(holdEnds).when(extend(60)).thenRejected({ type: 'ReservationEnded', status: 'EXPIRED' });
  });

  it.each([
    ['CONVERTED', converted],
    ['RELEASED', released],
  ] as const)('refuses one that is %s', (status, ended) =>
    specifyClaims(decideHoldLife)
      .given(...held, ended)
      .when(extend(60))
      .thenRejected({ type: 'ReservationEnded', status }),
  );
});

describe('giving back', () => {
  it('frees the units of each SKU', () =>
    now
      .when(release)
      .then(
        ending(
          { type: 'ReservationReleased', claim, reason: 'given back' },
          'StockReservationReleased',
        ),
        answer(2),
      ));

  it('changes nothing once it has lapsed', () => at(holdEnds).when(release).thenNothing());

  it('changes nothing twice', () =>
    specifyClaims(decideHoldLife)
      .given(...held, released)
      .when(release)
      .thenNothing());

  it("refuses what is an order's by now", () =>
    specifyClaims(decideHoldLife)
      .given(...held, converted)
      .when(release)
      .thenRejected({ type: 'ReservationEnded', status: 'CONVERTED' }));
});

describe('lapsing', () => {
  it('ends the hold once its time has come', () =>
    at(holdEnds)
      .when(expire)
      .then(ending({ type: 'ReservationExpired', claim }, 'StockReservationExpired'), answer(2)));

  it('waits when the timer was early', () =>
    at(holdEnds - 1)
      .when(expire)
      .thenNothing());

  it.each([
    ['converted', converted],
    ['given back', released],
    ['lapsed', ofClaim(claim, { type: 'ReservationExpired', claim })],
  ])('changes nothing of one that is %s', (_, ended) =>
    specifyClaims(decideHoldLife, holdEnds)
      .given(...held, ended)
      .when(expire)
      .thenNothing(),
  );
});

describe('the claim itself', () => {
  const active = evolveClaim(noClaim(), reservationMade('R1', lines));

  it('reads EXPIRED from its end on, before anybody has swept it', () => {
    if (active.type !== 'reservation') throw new Error(active.type);
    expect([statusOf(active, holdEnds - 1), statusOf(active, holdEnds)]).toEqual([
      'ACTIVE',
      'EXPIRED',
    ]);
  });

  it('cannot be filled: it is no allocation', () =>
    expect(() =>
      evolveClaim(active, {
        ...{ type: 'BackorderFilled', claim, order: order('O1'), lines: [lineOf([tee, paris, 1])] },
      }),
    ).toThrow(BrokenLaw));
});
