import { Overloaded } from '@holdfast/chassis/lane/lane';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { homePlace, reservationId } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { sku } from '../stock/given.ts';
import type { AskLane } from './ask-lane.ts';
import { settleClaim } from './settle-claim.ts';

const claim = reservationId('00000000-0000-7000-8000-000000000001', homePlace([sku('MUG')]));
const why = { type: 'SettleClaim', by: 'policy', actor: 'holdfast' };

/** Its home knows the claim as open, as of this version. */
const homeAsOf =
  (version: number): AskLane =>
  async (lane) => ({
    ...{ lane, version, replayed: false, shown: undefined },
    outcome: { accepted: { status: 'open', attempt: 1 } },
  });

const settle = (asOf: number) =>
  settleClaim(
    { laneCount: 4, clock: scriptedClock(), ask: homeAsOf(asOf) },
    { claim, version: 21 },
    why,
  );

it('does not take the word of an owner that has not seen the claim decided', async () => {
  await expect(settle(20)).rejects.toThrow(Overloaded);
});

it('leaves a claim alone that was opened again since', async () => {
  expect(await settle(21)).toEqual({ status: 'open', attempt: 1 });
});
