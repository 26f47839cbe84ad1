import { deepStrictEqual } from 'node:assert/strict';
import { accept } from '@holdfast/chassis/decider';
import type { View } from '@holdfast/chassis/stream-kind';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import { berlin, channelSaved, classSaved, paris } from '../catalog/given.ts';
import type { StockEvent } from '../stock/events.ts';
import {
  holdEnds,
  itemSaved,
  lost,
  mug,
  received,
  reservation,
  reserved,
  shop,
  tee,
} from '../stock/given.ts';
import type { InventoryEvent } from './changes.ts';
import { fillBackorders } from './fill-backorders.ts';
import {
  allocating,
  allocation,
  berlinTees,
  type Fact,
  factsOf,
  type Line,
  lineOf,
  specifyClaims,
} from './given.ts';

/** A command here is the facts that were decided before: what follows from them? */
type Decided = readonly { readonly stream: string; readonly event: InventoryEvent }[];
const changesOf = (decided: Decided) =>
  [...Map.groupBy(decided, ({ stream }) => stream)].map(([stream, facts]) => ({
    ...{ stream, events: facts.map(({ event }) => event) },
  }));
const after = (at?: number) =>
  specifyClaims((decided: Decided, view: View, now) => {
    const changes = fillBackorders(changesOf(decided), view, now);
    return 'needs' in changes ? { type: 'needs', streams: changes.needs } : accept(changes, {});
  }, at);

const fills = (
  given: readonly Fact[],
  decided: Decided,
  filled: Readonly<Record<string, readonly Line[]>>,
  at?: number,
) =>
  after(at)
    .given(...shop, ...given)
    .when(decided)
    .thenDecision((decision) => {
      const claims = factsOf(decision).flatMap((fact) =>
        fact.type === 'BackorderFilled' ? [[fact.claim, fact.lines] as const] : [],
      );
      const bound = factsOf(decision).flatMap((fact) =>
        fact.type === 'StockAllocated' ? [[fact.claim, fact.location, fact.units] as const] : [],
      );
      const expected = Object.entries(filled).map(
        ([name, lines]) => [allocation(name), lines.map(lineOf)] as const,
      );
      deepStrictEqual(claims, expected);
      const placed = expected.flatMap(([claim, lines]) =>
        lines.map(({ location, units }) => [claim, location, units] as const),
      );
      deepStrictEqual(bound.toSorted(), placed.toSorted());
    });

const waits = (name: string, count: number, channel?: string) =>
  allocating(name, [], [[tee, count]], channel);
const change = (event: StockEvent, stream = 'sku/TEE') => ({ stream, event });

describe('a receipt', () => {
  it('goes to who waits', () => fills(waits('O1', 3), [received(5)], { O1: [berlinTees(3)] }));

  it('goes to the oldest first, and as far as it goes', () =>
    fills([...waits('O1', 3), ...waits('O2', 4), ...waits('O3', 1)], [received(5)], {
      O1: [berlinTees(3)],
      O2: [berlinTees(2)],
    }));

  it('fills the shortfall first', () =>
    fills([received(4), reserved('R1', 4), lost(3), ...waits('O1', 3)], [received(5)], {
      O1: [berlinTees(2)],
    }));

  it('leaves the safety stock', () =>
    fills(
      [classSaved('careful', { safetyStock: 2 }), itemSaved(tee, 'careful'), ...waits('O1', 3)],
      [received(4)],
      { O1: [berlinTees(2)] },
    ));

  it('helps nobody whose channel does not have the location', () =>
    fills([channelSaved('web', paris), ...waits('O1', 3, 'web')], [received(5)], {}));

  it('at two locations is split in the order of the channel', () =>
    fills(waits('O1', 5), [received(2, { at: paris }), received(3)], {
      O1: [berlinTees(3), [tee, paris, 2]],
    }));

  it('of what cannot be sold fills nothing', () =>
    fills(waits('O1', 3), [received(5, { condition: 'DAMAGED' })], {}));

  it('of another SKU fills nothing', () => fills(waits('O1', 3), [received(5, { of: mug })], {}));
});

describe('what else frees units', () => {
  const held = [received(5), reserved('R1', 5), ...waits('O1', 3)];
  const hold = {
    ...{ claim: reservation('R1'), location: berlin, units: units(5), expiresAt: holdEnds },
  };
  const here = { location: berlin, reason: 'count' };

  it('a hold given back', () =>
    fills(held, [change({ type: 'StockReservationReleased', ...hold })], { O1: [berlinTees(3)] }));

  it('a hold that has lapsed, whose units were free before it was swept', () =>
    fills(
      [received(5), reserved('R1', 5), ...waits('O1', 8)],
      [change({ type: 'StockReservationExpired', ...hold })],
      { O1: [berlinTees(5)] },
      holdEnds,
    ));

  it('a count that finds more', () =>
    fills(
      waits('O1', 3),
      [
        change({
          ...{ type: 'StockCounted', ...here, condition: 'SELLABLE', countedUnits: units(2) },
          ...{ includesUpTo: 0, deltaUnits: 2 },
        }),
      ],
      { O1: [berlinTees(2)] },
    ));

  it('units found good', () =>
    fills(
      [received(4, { condition: 'QUALITY_INSPECTION' }), ...waits('O1', 3)],
      [
        change({
          ...{ type: 'StockMoved', ...here, units: units(4) },
          ...{ from: 'QUALITY_INSPECTION', to: 'SELLABLE' },
        }),
      ],
      { O1: [berlinTees(3)] },
    ));

  const released = (inspectedUnits: number) =>
    change({
      ...{ type: 'StockAllocationReleased', claim: allocation('O2'), location: berlin },
      ...{ units: units(4), inspectedUnits },
    });
  const bound = [received(4), ...allocating('O2', [berlinTees(4)]), ...waits('O1', 3)];

  it("another order's units", () => fills(bound, [released(0)], { O1: [berlinTees(3)] }));

  it('but not those that go to inspection', () =>
    fills(bound, [released(2)], { O1: [berlinTees(2)] }));
});

describe('who waits no more', () => {
  const cancelled = (count: number) =>
    change({
      ...{ type: 'StockBackorderCancelled', claim: allocation('O1'), units: units(count) },
    });

  it('gets nothing', () => fills(waits('O1', 3), [cancelled(3), received(5)], {}));

  it('gets only what it still waits for', () =>
    fills(waits('O1', 3), [cancelled(2), received(5)], { O1: [berlinTees(1)] }));

  it('gets nothing when two lines of one SKU were cancelled at once', () =>
    fills(waits('O1', 5), [cancelled(2), cancelled(3), received(5)], {}));
});

describe('what frees units without touching them', () => {
  const careful = [classSaved('careful', { safetyStock: 2 }), itemSaved(tee, 'careful')];
  const waits = allocating('O1', [], [[tee, 2]]);

  it('an item of a class that keeps less back', () =>
    fills([...careful, received(2), ...waits], [itemSaved(tee)], { O1: [berlinTees(2)] }));

  it('an item of a class that keeps more back frees nothing', () =>
    fills([...careful, received(2), ...waits], [itemSaved(tee, 'careful')], {}));

  it('a change of the catalog, once the SKU is looked at', () =>
    specifyClaims((_: Decided, view: View, now) => {
      const changes = fillBackorders([{ stream: `sku/${tee}`, events: [] }], view, now);
      return 'needs' in changes ? { type: 'needs', streams: changes.needs } : accept(changes, {});
    })
      .given(...shop, ...careful, received(2), ...waits, classSaved('careful', { safetyStock: 1 }))
      .when([])
      .thenDecision((decision) => {
        const types = factsOf(decision).map(({ type }) => type);
        deepStrictEqual(types, ['StockAllocated', 'BackorderFilled']);
      }));
});
