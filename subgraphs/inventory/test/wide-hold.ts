/** A hold over two lanes, and what becomes of it: too rare in a history of any commands. */
import { type ClaimId, defaultChannel } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import fc from 'fast-check';
import { berlin } from '../src/catalog/given.ts';
import { allocation, order, reserve } from '../src/claim/given.ts';
import type { InventoryCommand } from '../src/decide.ts';
import { mug, reservation, seconds, tee } from '../src/stock/given.ts';
import { type Step, skus } from './any-command.ts';

const receive = (sku: typeof tee): Step => ({
  waitMs: 0,
  command: () => ({
    ...{ type: 'ReceiveStock', sku, location: berlin, condition: 'SELLABLE', units: units(9) },
    ...{ supply: undefined, reference: undefined },
  }),
});

const wanted = skus.map((sku) => [sku, 1] as const);
const hold: Step = {
  waitMs: 0,
  command: (turn) => reserve(`R${turn}`, wanted, { ttlSeconds: 10 }),
};

const becomes: readonly ((claim: ClaimId) => InventoryCommand)[] = [
  (claim) => ({ type: 'ExtendReservation', claim, ttlSeconds: 30 }),
  (claim) => ({ type: 'ReleaseReservation', claim }),
  (claim) => ({ type: 'ExpireReservation', claim }),
  (claim) => ({
    ...{ type: 'AllocateStock', claim: allocation('O9'), order: order('O9'), lines: [] },
    ...{ channel: defaultChannel, reservation: claim },
  }),
];

/** Its end comes in time, or after its time: then only `ExpireReservation` does anything. */
export const wideHold: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.constantFrom(...becomes), fc.constantFrom(1, seconds(60)))
  .map(([end, waitMs]) => [
    ...[receive(tee), receive(mug), hold],
    { waitMs, command: (turn) => end(reservation(`R${turn - 1}`)) },
  ]);
