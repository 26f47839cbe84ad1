/**
 * The law of DESIGN 4 for any commands in any order, with time passing: judged by a naive ledger of
 * the same facts.
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { StreamChange } from '@holdfast/chassis/decider';
import {
  type AnyStreamKind,
  prefixOfStream,
  streamName,
  type View,
} from '@holdfast/chassis/stream-kind';
import type { ChannelCode, Sku } from '@holdfast/schema/identifiers';
import { type StockCondition, stockConditions, units } from '@holdfast/schema/quantities';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { channels, locations, type Step, skus, steps } from '../test/any-command.ts';
import { expectConserved, naiveLedger } from '../test/naive-ledger.ts';
import { catalogId, catalogKind, emptyCatalog, evolveCatalog, rulesOf } from './catalog/catalog.ts';
import { berlin, channelSaved, classSaved, paris, stores } from './catalog/given.ts';
import { claimKind } from './claim/claim.ts';
import { reserve } from './claim/given.ts';
import { decideInventory, type InventoryCommand, kinds, streamsOf } from './decide.ts';
import { availabilityOf } from './projections/availability.ts';
import { decideStock } from './stock/decide.ts';
import { itemSaved, mug, shop, t0, tee } from './stock/given.ts';
import { heldUnits } from './stock/holds.ts';
import { inCondition, onHandUnits } from './stock/position.ts';
import { checkStockLaw, emptyStock, evolveStock, positionAt, stockKind } from './stock/stock.ts';

const needsMax = 5;

/** Streams in memory, looked at as the lane lets them be: only those that were named. */
function openShop() {
  const states = new Map<string, unknown>();
  const ledger = naiveLedger();
  const claims = new Set<string>();

  const stateOf = (kind: AnyStreamKind, id: string) => {
    const name = streamName(kind, id);
    if (!states.has(name)) states.set(name, kind.initial(id));
    return states.get(name);
  };
  const viewOf = (named: ReadonlySet<string>): View => ({
    has: (stream) => named.has(stream),
    get: (kind, id) => {
      ok(named.has(streamName(kind, id)), `${streamName(kind, id)} was not asked for`);
      return stateOf(kind, id) as ReturnType<typeof kind.initial>;
    },
  });
  const fold = ({ stream, events }: StreamChange<{ readonly type: string }>, at: number) => {
    const kind = kinds.find(({ prefix }) => prefix === prefixOfStream(stream)) as AnyStreamKind;
    const id = stream.slice(kind.prefix.length + 1);
    for (const event of events) {
      const place = { at, actor: 'anybody', id: () => 'given:0:1:0' };
      states.set(stream, kind.evolve(stateOf(kind, id), event, place));
    }
    if (kind === claimKind) claims.add(id);
  };
  const decide = (command: InventoryCommand, at: number) => {
    const named = new Set(streamsOf(command));
    for (let round = 0; round < needsMax; round += 1) {
      const decision = decideInventory(command, viewOf(named), at);
      if (decision.type !== 'needs') return decision;
      for (const stream of decision.streams) named.add(stream);
    }
    throw new Error(`${command.type} is never done with asking`);
  };
  const all = viewOf({ has: () => true } as unknown as ReadonlySet<string>);
  for (const { stream, event } of [
    ...shop,
    channelSaved('web', paris),
    classSaved('patient', { backorder: 'UNLIMITED', holdSecondsMax: 40 }),
    classSaved('careful', { safetyStock: 2 }),
    itemSaved(mug, 'patient'),
  ]) {
    fold({ stream, events: [event] }, t0);
  }
  return { ledger, claims, decide, fold, all };
}
type Shop = ReturnType<typeof openShop>;

/** What is in memory says the same as the naive ledger, and every term of the law holds. */
function expectLaw({ ledger, all }: Shop, now: number) {
  for (const sku of skus) {
    const stock = all.get(stockKind, sku);
    const waiting = stock.backorders.reduce((sum, backorder) => sum + backorder.units, 0);
    strictEqual(waiting, ledger.waiting(sku));
    for (const location of locations) {
      const position = positionAt(stock, location);
      const there = (condition: StockCondition) => ledger.there(sku, location, condition);
      for (const condition of stockConditions) {
        strictEqual(inCondition(position, condition), there(condition));
      }
      strictEqual(
        onHandUnits(position),
        stockConditions.reduce((sum, condition) => sum + there(condition), 0),
      );
      strictEqual(heldUnits(position.holds, now), ledger.held(sku, location, now));
      strictEqual(position.allocated, ledger.allocated(sku, location));
    }
  }
  expectConserved(ledger);
}

/** Each unit that is held or bound is one claim's, and the reverse. */
function expectClaimsAgree({ ledger, claims, all }: Shop) {
  const sum = { reserved: 0, allocated: 0, waiting: 0 };
  for (const id of claims) {
    const claim = all.get(claimKind, id);
    const lines = 'lines' in claim ? claim.lines.reduce((sum, line) => sum + line.units, 0) : 0;
    if (claim.type === 'reservation' && claim.status === 'active') sum.reserved += lines;
    if (claim.type !== 'allocation') continue;
    sum.allocated += lines;
    sum.waiting += claim.backordered.reduce((sum, line) => sum + line.units, 0);
  }
  const places = skus.flatMap((sku) => locations.map((location) => [sku, location] as const));
  const total = (figure: (sku: Sku, location: (typeof locations)[number]) => number) =>
    places.reduce((sum, place) => sum + figure(...place), 0);
  deepStrictEqual(sum, {
    reserved: total((sku, location) => ledger.held(sku, location, Number.NEGATIVE_INFINITY)),
    allocated: total(ledger.allocated),
    waiting: skus.reduce((waiting, sku) => waiting + ledger.waiting(sku), 0),
  });
  for (const [claim, times] of ledger.endings()) strictEqual(times, 1, `${claim} ended once`);
}

/** What was promised by these changes was free before, or became so by them. */
function expectFreeBefore(
  shop: Shop,
  changes: readonly StreamChange<{ type: string }>[],
  at: number,
) {
  for (const { stream, events } of changes) {
    if (!stream.startsWith('sku/')) continue;
    const stock = shop.all.get(stockKind, stream.slice('sku/'.length));
    for (const event of events) {
      if (event.type !== 'StockReserved' && event.type !== 'StockAllocated') continue;
      const { location } = event as unknown as { location: (typeof locations)[number] };
      ok(shop.ledger.free(stock.sku, location, at) >= 0, `${stream} at ${location}: oversold`);
    }
    checkStockLaw(stock, events as never, at);
  }
}

/** Availability's figure is granted, and one more is refused with that figure. */
function expectFigureIsTrue(shop: Shop, sku: Sku, channel: ChannelCode, now: number) {
  const stock = shop.all.get(stockKind, sku);
  const catalog = shop.all.get(catalogKind, catalogId);
  const figure = availabilityOf(stock, catalog, channel, now)?.availableToPromise ?? 0;
  const ask = (count: number) => shop.decide(reserve('R99', [[sku, count]], { channel }), now);
  if (figure > 0) strictEqual(ask(figure).type, 'accepted', `${figure} of ${sku} are promised`);
  deepStrictEqual(ask(figure + 1), {
    type: 'rejected',
    rejection: {
      type: 'InsufficientStock',
      shortfalls: [{ sku, requestedUnits: units(figure + 1), availableUnits: figure }],
    },
  });
  const { safetyStock } = rulesOf(catalog, stock.productClass);
  const promised = (channel === 'default' ? locations : [paris]).reduce(
    (sum, location) => sum + Math.max(0, shop.ledger.free(sku, location, now) - safetyStock),
    0,
  );
  strictEqual(figure, promised, `what is shown of ${sku}, and what nobody has`);
}

function take(shop: Shop, { command, waitMs }: Step, turn: number, before: number): number {
  const now = before + waitMs;
  const asked = command(turn, now);
  if (asked.type === 'ReserveStock' && asked.wanted.length === 0) return now;
  const decision = shop.decide(asked, now);
  if (decision.type !== 'accepted') return now;
  for (const change of decision.changes) {
    shop.fold(change, now);
    shop.ledger.apply(change);
  }
  expectFreeBefore(shop, decision.changes, now);
  return now;
}

describe('any commands in any order', () => {
  it('keep the law at every prefix, lose no unit, and show what they grant', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const shop = openShop();
        let now = t0;
        list.forEach((step, index) => {
          now = take(shop, step, index + 1, now);
          expectLaw(shop, now);
          expectClaimsAgree(shop);
        });
        for (const sku of skus) {
          for (const channel of channels) expectFigureIsTrue(shop, sku, channel, now);
        }
      }),
      { numRuns: 5_000 },
    );
  }, 15_000);

  it('decided twice from the same facts are decided the same', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const [one, other] = [openShop(), openShop()];
        let now = t0;
        list.forEach(({ command, waitMs }, index) => {
          now += waitMs;
          const asked = command(index + 1, now);
          if (asked.type === 'ReserveStock' && asked.wanted.length === 0) return;
          const decision = one.decide(asked, now);
          deepStrictEqual(other.decide(asked, now), decision);
          if (decision.type !== 'accepted') return;
          for (const change of decision.changes) {
            one.fold(change, now);
            other.fold(JSON.parse(JSON.stringify(change)), now);
          }
        });
      }),
      { numRuns: 200 },
    );
  }, 15_000);
});

describe('a count of an earlier moment', () => {
  const moved = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 });
  const catalog = stores.reduce((known, { event }) => evolveCatalog(known, event), emptyCatalog());
  const moment = t0 + 1_000;

  /** On hand after the count, with receipts at any moments up to it and after it. */
  function counted(before: readonly number[], after: readonly number[], ats: readonly number[]) {
    const stock = evolveStock(emptyStock(tee), itemSaved(tee).event, { at: t0 });
    const happened = [
      ...before.map((count, index) => ({ count, at: moment - ((ats[index] ?? 0) % 1_000) })),
      ...after.map((count, index) => ({ count, at: moment + 1 + ((ats[index] ?? 0) % 1_000) })),
    ].sort((a, b) => a.at - b.at);
    for (const { count, at } of happened) {
      const receipt = { location: berlin, condition: 'SELLABLE' as const, units: units(count) };
      evolveStock(stock, { type: 'StockReceived', ...receipt, reference: undefined }, { at });
    }
    const now = moment + 5_000;
    const command = {
      ...{ type: 'CountStock' as const, sku: tee, location: berlin, units: units(50) },
      ...{ condition: 'SELLABLE' as const, includesUpTo: moment, compareUnits: undefined },
    };
    const decision = decideStock({ ...command, reason: 'count' }, stock, catalog, now);
    if (decision.type !== 'accepted') throw new Error(JSON.stringify(decision));
    for (const event of decision.changes.flatMap(({ events }) => events)) {
      evolveStock(stock, event, { at: now });
    }
    return onHandUnits(positionAt(stock, berlin));
  }

  it('gives the same on hand, whenever what moved has moved', () => {
    const anyMoments = fc.array(fc.nat({ max: 10_000 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(moved, moved, anyMoments, anyMoments, (before, after, ats, others) => {
        const sum = after.reduce((total, count) => total + count, 0);
        strictEqual(counted(before, after, ats), 50 + sum);
        strictEqual(counted(before.toReversed(), after.toReversed(), others), 50 + sum);
      }),
    );
  });
});
