/** Any history of one lane, taken over into several: the same stock, claims and holds of buyers. */
import { deepStrictEqual } from 'node:assert/strict';
import { type Commit, recordedEvents } from '@holdfast/chassis/commit';
import { takeOver } from '@holdfast/chassis/stored/relane';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import { type ClaimId, homePlace, placeOf, type Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Step, steps } from '../test/any-command.ts';
import { openTestLane } from '../test/test-lane.ts';
import { wideHold } from '../test/wide-hold.ts';
import { classSaved } from './catalog/given.ts';
import { type Buyer, buyerKind } from './claim/buyer.ts';
import { addLines, type Claim, claimKind } from './claim/claim.ts';
import { type Wide, wideKind } from './claim/wide.ts';
import { type InventoryCommand, kinds } from './decide.ts';
import { placeInventory } from './relane.ts';
import { itemSaved, mug, received, seconds, shop, t0 } from './stock/given.ts';
import { stockKind } from './stock/stock.ts';
import { inventoryVerifier } from './verify.ts';

const sum = (wanted: { readonly anywhere: number; readonly at: ReadonlyMap<unknown, number> }) =>
  [...wanted.at.values()].reduce((all, each) => all + each, wanted.anywhere);

/** Ids as they are made: in the place of the home SKU; an order takes what it reserved. */
function withHomes() {
  const known = new Map<ClaimId, { readonly id: ClaimId; readonly lines: Line[] }>();
  type Line = { readonly sku: Sku; readonly units: ReturnType<typeof units> };
  const named = (claim: ClaimId, lines: Line[]) => {
    const id = (claim.slice(0, -4) + homePlace(lines.map(({ sku }) => sku))) as ClaimId;
    known.set(claim, { id, lines });
    return id;
  };
  const idOf = (claim: ClaimId) => known.get(claim)?.id ?? claim;
  let last: ClaimId | undefined;
  /** A hold that nobody has made stands for the last one, so that more happens to holds. */
  const held = (claim: ClaimId) => known.get(claim) ?? (last && known.get(last));
  const heldId = (claim: ClaimId) => held(claim)?.id ?? claim;
  return (command: InventoryCommand): InventoryCommand => {
    switch (command.type) {
      case 'ReserveStock': {
        const lines = command.wanted.map((each) => ({ sku: each.sku, units: units(sum(each)) }));
        last = command.claim;
        return { ...command, claim: named(command.claim, lines) };
      }
      case 'ExtendReservation':
      case 'ReleaseReservation':
      case 'ExpireReservation':
        return { ...command, claim: heldId(command.claim) };
      case 'AllocateStock': {
        const hold = command.reservation && held(command.reservation);
        const lines = hold?.lines ?? [...command.lines];
        return { ...command, lines, reservation: hold?.id, claim: named(command.claim, lines) };
      }
      case 'TakeBackAllocation': {
        const { claim, reservation } = command;
        return { ...command, claim: idOf(claim), reservation: reservation && heldId(reservation) };
      }
      default:
        return command;
    }
  };
}

function history(done: readonly Step[]): readonly Commit[] {
  let now = t0;
  const lane = openTestLane(0, () => now);
  const homes = withHomes();
  lane.given([
    ...shop,
    classSaved('patient', { backorder: 'UNLIMITED', holdSecondsMax: 40 }),
    itemSaved(mug, 'patient'),
    ...[received(9), received(9, { of: mug })],
  ]);
  done.forEach(({ waitMs, command }, turn) => {
    now += waitMs;
    const wish = command(turn, now);
    if ('wanted' in wish && wish.wanted.length === 0) return;
    const asked = homes(wish);
    lane.handle(asked, { type: asked.type, by: 'anybody', actor: 'nobody' });
  });
  if (done.length % 2 === 0) return lane.commits;
  // Of every other history the holds that are left lapse at the end.
  now += seconds(3_600);
  for (const stream of lane.streams().filter((name) => name.startsWith('claim/res_'))) {
    const command = { type: 'ExpireReservation', claim: idOfStream(stream) as ClaimId } as const;
    lane.handle(command, { type: command.type, by: 'time', actor: 'nobody' });
  }
  return lane.commits;
}

function folded(commits: readonly Commit[]) {
  const states = new Map<string, unknown>();
  for (const commit of commits) {
    for (const { event, id, stream, at } of recordedEvents(commit)) {
      const kind = kinds.find(({ prefix }) => prefix === prefixOfStream(stream));
      if (!kind) throw new Error(stream);
      const name = `${commit.lane} ${stream}`;
      const state = states.get(name) ?? kind.initial(idOfStream(stream));
      const place = { at, actor: '', id: () => id };
      states.set(name, kind.evolve(state as never, event as never, place));
    }
  }
  return states;
}

/** As whoever asks sees it, however many lanes it is in. */
function shown(commits: readonly Commit[]) {
  const states = folded(commits);
  const wholes = new Map<string, unknown>();
  for (const [name, state] of [...states].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const stream = name.slice(name.indexOf(' ') + 1);
    const [prefix, id] = [prefixOfStream(stream), idOfStream(stream)];
    if (prefix === stockKind.prefix) wholes.set(stream, stockKind.encode(state as never));
    if (prefix === buyerKind.prefix) {
      const holds = (wholes.get(stream) ?? new Map()) as Map<ClaimId, Sku[]>;
      for (const [claim, skus] of (state as Buyer).holds) {
        holds.set(claim, [...(holds.get(claim) ?? []), ...skus].sort());
      }
      wholes.set(stream, holds);
    }
    if (prefix === claimKind.prefix) {
      const before = wholes.get(`claim ${id}`);
      wholes.set(`claim ${id}`, whole(before as Shown | undefined, state as Claim));
    }
  }
  for (const [name, state] of states) {
    const wide = state as Wide;
    if (!name.includes(` ${wideKind.prefix}/`) || wide.status !== 'kept') continue;
    expect(wide.settled).toBe(true);
    if (wide.whole.type !== 'reservation') continue;
    const { lanes: _, ...rest } = wide.whole;
    // As it is read at its home; its parts say the same.
    const { lines, version: __, ...parts } = wholes.get(`claim ${wide.claim}`) as Shown;
    expect(parts).toMatchObject({ status: rest.status, expiresAt: rest.expiresAt });
    expect(sorted(rest.lines)).toEqual(lines);
    wholes.set(`claim ${wide.claim}`, { ...rest, lines });
  }
  return wholes;
}

type Shown = Record<string, unknown> & { lines?: Lines; backordered?: { sku: Sku }[] };
type Lines = Parameters<typeof addLines>[0];
const sorted = (lines: Lines) =>
  [...lines].sort((a, b) => (`${a.sku} ${a.location}` < `${b.sku} ${b.location}` ? -1 : 1));

function whole(before: Shown | undefined, claim: Claim): Shown {
  const { lanes: _, version, ...rest } = claim as Claim & { lanes?: unknown };
  const more = rest as Shown;
  if (!('lines' in more)) return more;
  const lines = sorted(addLines(before?.lines ?? [], more.lines ?? []));
  const backordered = [...(before?.backordered ?? []), ...(more.backordered ?? [])];
  backordered.sort((a, b) => (a.sku < b.sku ? -1 : 1));
  // An allocation's version is its lane's affair; nobody is shown it.
  return claim.type === 'allocation'
    ? { ...more, lines, backordered }
    : { ...more, lines, version };
}

const histories = fc.tuple(steps, wideHold, steps).map((parts) => parts.flat());

const reached = new Map<string, number>();

function inLanes(commits: readonly Commit[], laneCount: number): readonly Commit[] {
  const source = [{ context: 'inventory', lane: 0, version: commits.length, hash: 'h' }];
  const taken = takeOver({
    ...{
      context: 'inventory',
      laneCount,
      source,
      at: t0,
      commitId: 'first',
      place: placeInventory,
    },
  });
  return [...taken.begin, ...commits.flatMap(taken.carry)];
}

const figuresOf = (commits: readonly Commit[]) => {
  const verifier = inventoryVerifier();
  for (const commit of commits) verifier.commit(commit);
  return verifier.finish();
};

it.each([2, 4, 16])('shows the same in %i lanes', (laneCount) => {
  fc.assert(
    fc.property(histories, (done) => {
      const commits = history(done);
      const relaned = inLanes(commits, laneCount);
      deepStrictEqual(shown(relaned), shown(commits));
      deepStrictEqual(figuresOf(relaned), figuresOf(commits));
      const ids = relaned.flatMap((commit) => [...recordedEvents(commit)].map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      const known = new Set(ids);
      for (const commit of commits) {
        for (const { id } of recordedEvents(commit)) expect(known.has(id)).toBe(true);
      }
      for (const commit of relaned) {
        for (const { event, stream } of recordedEvents(commit)) {
          const what = `${prefixOfStream(stream)} ${event.type}`;
          reached.set(what, (reached.get(what) ?? 0) + 1);
        }
      }
    }),
    { numRuns: 250 },
  );
});

it('has seen all that can happen to a claim over lanes', () => {
  const rare = ['wide ClaimOpened', 'wide ReservationExtended', 'wide ReservationConverted'];
  const also = ['wide ReservationReleased', 'wide ReservationExpired', 'claim BackorderFilled'];
  for (const what of [...rare, ...also, 'claim ClaimPartAllocated']) {
    expect(reached.get(what) ?? 0, what).toBeGreaterThan(0);
  }
});

it('its two SKUs are in different lanes', () => {
  const [tee, mug] = ['TEE', 'MUG'].map((sku) => Number.parseInt(placeOf(sku), 16) >> 15);
  expect(tee).not.toBe(mug);
});
