import { Overloaded } from '@holdfast/chassis/lane/lane';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { allocationId, homePlace, orderId, reservationId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { expect, it } from 'vitest';
import type { AllocateStock } from '../claim/allocate.ts';
import type { ReserveStock } from '../claim/reserve.ts';
import { sku } from '../stock/given.ts';
import { type AskLane, laneOfSku } from './ask-lane.ts';
import { handleOverLanes } from './claims.ts';

const laneCount = 4;
const skus = ['TEE', 'MUG', 'CAP', 'LAMP'].map(sku);
const id = '00000000-0000-7000-8000-000000000001';
const order = orderId(id, homePlace(skus));
const channel = 'default' as never;
const reserve: ReserveStock = {
  ...{ type: 'ReserveStock', claim: reservationId(id, homePlace(skus)), channel },
  ...{ buyer: undefined, ttlSeconds: undefined },
  wanted: skus.map((one) => ({ sku: one, anywhere: units(1), at: new Map() })),
};
const allocate: AllocateStock = {
  ...{ type: 'AllocateStock', order, claim: allocationId(order, homePlace(skus)), channel },
  ...{ reservation: undefined, lines: skus.map((one) => ({ sku: one, units: units(1) })) },
};

it.each([reserve, allocate])(
  '$type is decided by nobody who has not seen it opened',
  async (asked) => {
    expect(new Set(skus.map((one) => laneOfSku(one, laneCount))).size).toBeGreaterThan(1);
    const ask: AskLane = async (lane, command) => {
      const opened = { claim: asked.claim, attempt: 1, home: undefined };
      const accepted = command.type === 'OpenClaim' ? opened : { status: 'none' };
      return { outcome: { accepted }, lane, version: 7, replayed: true, shown: undefined };
    };
    const over = { laneCount, clock: scriptedClock(), ask };
    const record = { type: asked.type, by: 'buyer', actor: 'storefront', key: 'the key' };
    await expect(handleOverLanes(over, asked, record)).rejects.toThrow(Overloaded);
  },
);
