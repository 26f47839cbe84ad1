import type { Outcome } from '@holdfast/chassis/commit';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { homePlace, parseSku, reservationId, type Sku } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import type { InventoryCommand } from '../decide.ts';
import { homeOf, laneOfSku, type OverLanes } from './ask-lane.ts';
import { extendOverLanes } from './end-over-lanes.ts';

const laneCount = 4;
const record = { type: 'ExtendReservation', by: 'shopper', actor: 'agent', key: 'k', input: 'i' };

it('what has ended in one lane is answered by home, which keeps its answer', async () => {
  const clock = scriptedClock();
  const sku = parseSku('TEE') as Sku;
  const claim = reservationId(clock.newId(), homePlace([sku]));
  const home = homeOf(claim, laneCount);
  const other = (laneOfSku(sku, laneCount) + 1) % laneCount;
  const keptAtHome: Outcome[] = [];
  const decide = (lane: number, command: InventoryCommand): Outcome => {
    if (command.type === 'AskClaim') return { accepted: { status: 'kept', settled: true } };
    if (lane === other) return { rejected: { type: 'PartLapsed' } };
    if (command.type !== 'ExtendClaim') {
      const rejected = { type: 'ExtendLanesFirst', lanes: [home, other], until: 60_000 };
      return { rejected };
    }
    expect(command.lanesHoldUntil).toBeUndefined();
    const outcome = { rejected: { type: 'ReservationEnded', status: 'EXPIRED' } };
    keptAtHome.push(outcome);
    return outcome;
  };
  const over: OverLanes = {
    ...{ laneCount, clock },
    ask: async (lane, command) => ({
      ...{ outcome: decide(lane, command), lane, version: 1, replayed: false, shown: undefined },
    }),
  };
  const command = { type: 'ExtendReservation', claim, ttlSeconds: 60 } as const;
  const extended = await extendOverLanes(over, command, record, clock.now() + 2_000);
  expect(extended.outcome).toBe(keptAtHome[0]);
});
