import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { homePlace, reservationId } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import type { InventoryCommand } from '../decide.ts';
import { sku } from '../stock/given.ts';
import type { AskLane, OverLanes } from './ask-lane.ts';
import { extendOverLanes } from './end-over-lanes.ts';

const claim = reservationId('00000000-0000-7000-8000-000000000001', homePlace([sku('MUG')]));
const record = { type: 'ExtendReservation', by: 'shopper', actor: 'storefront', key: 'K1' };

/** A kept claim that home calls active; its part in the other lane has lapsed. */
const answers = (command: InventoryCommand): object => {
  switch (command.type) {
    case 'ExtendReservation':
      return { rejected: { type: 'ExtendLanesFirst', lanes: [0, 1], until: 9_000 } };
    case 'AskClaim':
      return { accepted: { status: 'kept', settled: true } };
    case 'ExtendPart':
      return { rejected: { type: 'PartLapsed' } };
    default:
      return { rejected: { type: 'ReservationEnded', status: 'EXPIRED' } };
  }
};

it('has home keep that a lane has lapsed, so that a retry hears the same', async () => {
  const keyed: InventoryCommand[] = [];
  const ask: AskLane = async (lane, command, { key }) => {
    if (key !== undefined) keyed.push(command);
    const outcome = answers(command) as never;
    return { lane, version: 7, replayed: false, shown: undefined, outcome };
  };
  const over: OverLanes = { laneCount: 2, clock: scriptedClock(), ask };
  const command = { type: 'ExtendReservation', claim, ttlSeconds: 8 } as const;
  const { outcome } = await extendOverLanes(over, command, record, over.clock.now() + 2_000);
  expect(outcome).toEqual({ rejected: { type: 'ReservationEnded', status: 'EXPIRED' } });
  expect(keyed.at(-1)).toEqual({
    ...{ type: 'ExtendClaim', claim, ttlSeconds: 8, lanesHoldUntil: 'lapsed' },
  });
});
