/** Where a retry finds its first answer in 16 lanes. TEE is in lane 0 of them, MUG in lane 11. */
import type { CommandRecord, Outcome } from '@holdfast/chassis/commit';
import type { RecordedFact } from '@holdfast/chassis/stored/relane';
import { placeOf, reservationId } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { reserve } from './claim/given.ts';
import { type InventoryCommand, streamsOf } from './decide.ts';
import { placeInventory } from './relane.ts';
import { mug, tee } from './stock/given.ts';

const laneCount = 16;
const record: CommandRecord = { type: 'Any', by: 'ann', actor: 'agent', key: 'k', input: 'i' };
const ofMug = reservationId('00000000-0000-7000-8000-000000000001', placeOf(mug));

const homeOf = (stream: string, outcome: Outcome): number =>
  placeInventory({ record, stream, outcome, at: 0, facts: [] }, laneCount).home;
const refused: Outcome = { rejected: { type: 'InsufficientStock' } };

it.each([
  [[mug, tee], 0],
  [[tee, mug], 0],
  [[mug], 11],
] as const)('a refused hold of %s: with the SKU that is its home', (skus, lane) => {
  const wanted = skus.map((sku) => [sku, 1] as const);
  const [stream = ''] = streamsOf(reserve('R1', wanted) as InventoryCommand);
  expect(homeOf(stream, refused)).toBe(lane);
});

it('a hold that was made: in the lane that its id names, whatever it changed first', () => {
  expect(homeOf(`sku/${tee}`, { accepted: { claim: ofMug, expiresAt: 1, version: 1 } })).toBe(11);
});

it('what is answered about a claim, a SKU or the catalog: with that', () => {
  const status = { rejected: { type: 'ReservationEnded' } };
  expect(homeOf(`claim/${ofMug}`, status)).toBe(11);
  expect(homeOf(`sku/${mug}`, { accepted: { units: 3 } })).toBe(11);
  expect(homeOf('catalog/catalog', { accepted: { id: 'BER', version: 1 } })).toBe(0);
});

it.each([
  ['wide/R1', { type: 'ClaimOpened' }],
  [`claim/${ofMug}`, { type: 'ClaimPartHeld', claim: ofMug }],
  ['nobody/knows', { type: 'It' }],
])('refuses %s of several lanes already, or of nobody', (stream, event) => {
  const facts: RecordedFact[] = [{ stream, event, id: 'inventory:0:1:0' }];
  const of = () => placeInventory({ record, stream, outcome: undefined, at: 0, facts }, laneCount);
  expect(of).toThrow();
});
