import type { Outcome } from '@holdfast/chassis/commit';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { homePlace, parseSku, reservationId, type Sku } from '@holdfast/schema/identifiers';
import { describe, expect, it } from 'vitest';
import { type AskLane, homeOf } from './ask-lane.ts';
import { extendOverLanes } from './end-over-lanes.ts';

const laneCount = 4;
const claim = reservationId(scriptedClock().newId(), homePlace([parseSku('TEE') as Sku]));
const home = homeOf(claim, laneCount);
const other = (home + 1) % laneCount;
const expired = { rejected: { type: 'ReservationEnded', status: 'EXPIRED' } } as const;

describe('extending a hold over several lanes', () => {
  it('leaves it to its home to refuse what has lapsed in another lane, under the key', async () => {
    const keyed: unknown[] = [];
    const lanesFirst = { type: 'ExtendLanesFirst', lanes: [home, other], until: 9 };
    const answers: Readonly<Record<string, Outcome>> = {
      ExtendReservation: { rejected: lanesFirst },
      AskClaim: { accepted: { status: 'kept', settled: true } },
      ExtendPart: { rejected: { type: 'PartLapsed' } },
      ExtendClaim: expired,
    };
    const ask: AskLane = async (lane, command, { key }) => {
      if (key === 'the key') keyed.push([lane, command]);
      const outcome = answers[command.type];
      if (!outcome) throw new Error(`nobody expects ${command.type}`);
      return { outcome, lane, version: 1, replayed: false, shown: undefined };
    };
    const command = { type: 'ExtendReservation', claim, ttlSeconds: 60 } as const;
    const record = { type: command.type, by: 'buyer', actor: 'storefront', key: 'the key' };
    const over = { laneCount, clock: scriptedClock(), ask };
    expect(await extendOverLanes(over, command, record, 10_000)).toMatchObject({
      outcome: expired,
    });
    expect(keyed).toEqual([
      [home, command],
      [home, { type: 'ExtendClaim', claim, ttlSeconds: 60, lanesHoldUntil: undefined }],
    ]);
  });
});
