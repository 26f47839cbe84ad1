/**
 * Inventory over several lanes: the law in each, and of each claim all or nothing over all of them;
 * by facts alone, in plain maps.
 */
import type { Commit } from '@holdfast/chassis/commit';
import { inventoryVerifier } from '@holdfast/inventory/verify';
import type { Look } from '../looks.ts';
import type { Request } from '../requests.ts';
import { commandsOf, type LoggedEvent } from './audit-log.ts';
import { auditLooks, type Shelves } from './audit-looks.ts';
import { auditOrderOfTries, auditRefusal } from './audit-tries.ts';
import { noteClaim } from './claim-book.ts';
import { catalogFact, claimFact } from './inventory-facts.ts';
import { freeAt, type LanePlaces, noteStock, type StockFact, undecidedEnd } from './lane-places.ts';
import { emptyBook, noteCatalog, rulesOf, type StockBook, skuOf } from './stock-book.ts';
import type { Breach } from './stock-law.ts';

/** What is kept of a claim over several lanes, by what its home has said of it. */
type Whole = {
  status: 'open' | 'kept' | 'refused' | 'ended';
  lines: readonly { readonly sku: string; readonly location: string; readonly units: number }[];
  settled: boolean;
};

const outcomes: Readonly<Record<string, Whole['status']>> = {
  ClaimOpened: 'open',
  ReservationMade: 'kept',
  AllocationMade: 'kept',
  ClaimRefused: 'refused',
  AllocationRefused: 'refused',
  ReservationReleased: 'ended',
  ReservationExpired: 'ended',
  ReservationConverted: 'ended',
};

function noteWhole(wholes: Map<string, Whole>, { subject, event }: LoggedEvent): void {
  const known = wholes.get(subject) ?? { status: 'open' as const, lines: [], settled: true };
  const status = outcomes[event.type];
  const lines = (event as { lines?: Whole['lines'] }).lines ?? known.lines;
  if (status) wholes.set(subject, { status, lines, settled: status === 'open' });
  else if (event.type === 'ClaimSettled') wholes.set(subject, { ...known, settled: true });
}

function wholesIn(commits: readonly Commit[]): Map<string, Whole> {
  const wholes = new Map<string, Whole>();
  for (const { events } of commits.flatMap(commandsOf)) {
    for (const logged of events) if (logged.prefix === 'wide') noteWhole(wholes, logged);
  }
  return wholes;
}

/** Claims that nobody has decided, or that some lane has not heard of; one sentence each. */
export const openClaims = (commits: readonly Commit[]): string[] =>
  [...wholesIn(commits)].flatMap(([claim, { status, settled }]) => [
    ...(status === 'open' ? [`${claim} is not decided`] : []),
    ...(settled ? [] : [`some lane has not heard of ${claim}`]),
  ]);

export type LanesAudit = {
  readonly requests: readonly Request[];
  readonly looks: readonly Look[];
  readonly breach: Breach;
  readonly note: (state: string) => void;
};

/** @returns what all lanes together say of the claims of orders */
export function auditLanes(
  commits: readonly Commit[],
  { requests, looks, breach, note }: LanesAudit,
): StockBook {
  const places: LanePlaces = new Map();
  /** Units by claim and place that became firm. */
  const firm = new Map<string, number>();
  const asked = new Map(requests.map((request) => [request.key, request]));
  const book = catalogOf(commits);
  const shown = auditLooks(commits, looks, breach);
  const facts = new Map<string, number>();
  const shelves: Shelves = {
    facts: (sku) => facts.get(sku) ?? 0,
    free: (sku, location, at) => freeAt(places, sku, location, at),
    safetyStock: (catalog, sku) => rulesOf({ ...book, catalog }, sku).safetyStock,
  };
  for (const commit of commits) {
    for (const command of commandsOf(commit)) {
      auditRefusal(command, places, asked, { book, breach });
      for (const { prefix, subject, event } of command.events) {
        if (prefix === 'wide') note(`claim over lanes: ${event.type}`);
        if (prefix !== 'sku') continue;
        noteStock(places, firm, subject, event as unknown as StockFact, command.at, breach);
        facts.set(subject, shelves.facts(subject) + 1);
        shown.onStock(shelves, subject);
      }
    }
    shown.onCommit(shelves, commit);
  }
  shown.end();
  const wholes = wholesIn(commits);
  checkWholes(wholes, firm, breach);
  for (const [where, { holds }] of places) {
    for (const [claim, { endsAt }] of holds) {
      if (endsAt === undecidedEnd) breach('I10', `${claim} holds ${where} and is never decided`);
    }
  }
  auditOrderOfTries(commits, breach);
  checkTold(requests, commits, breach);
  verify(commits, breach);
  return bookOf(commits);
}

/** Kept: in every lane, or nowhere once it was over before some lane heard; refused: nowhere. */
function checkWholes(
  wholes: ReadonlyMap<string, Whole>,
  firm: ReadonlyMap<string, number>,
  breach: Breach,
): void {
  for (const [claim, { status, lines }] of wholes) {
    for (const { sku, location, units } of lines) {
      if (status === 'open' || location === undefined) continue;
      const is = firm.get(`${claim} ${sku} at ${location}`) ?? 0;
      const right = is === units || (status === 'ended' && is === 0);
      if (status === 'kept' && !right) breach('I2', `${claim} has ${is} of ${units} ${sku}`);
      if (status === 'ended' && !right) breach('I2', `${claim} had ${is} of ${units} ${sku}`);
      if (status === 'refused' && is > 0) breach('I2', `${claim} was refused and has ${is}`);
    }
  }
}

/** Who was told of a hold has one, and hears the same each time. */
function checkTold(requests: readonly Request[], commits: readonly Commit[], breach: Breach): void {
  const made = new Set<string>();
  for (const { events } of commits.flatMap(commandsOf)) {
    for (const { subject, event } of events)
      if (event.type === 'ReservationMade') made.add(subject);
  }
  for (const { type, key, answers, context } of requests) {
    if (context !== 'inventory') continue;
    const texts = new Set(answers.filter(({ kept }) => kept).map(({ text }) => text));
    if (texts.size > 1) breach('I4', `${type} ${key} was answered ${[...texts].join(' and ')}`);
    if (type !== 'ReserveStock') continue;
    for (const text of texts) {
      const claim = /"accepted":\{"claim":"([^"]+)"/.exec(text)?.[1];
      if (claim && !made.has(claim))
        breach('I4', `${key} was told of ${claim}, which is not there`);
    }
  }
}

/** Stock and claims say the same in each lane; by the code that `holdfast verify` runs. */
function verify(commits: readonly Commit[], breach: Breach): void {
  try {
    const verifier = inventoryVerifier();
    for (const commit of commits) verifier.commit(commit);
    verifier.finish();
  } catch (failure) {
    breach('I2', String(failure));
  }
}

/** Everything that the merchant has set up, which is before anybody asks for units. */
function catalogOf(commits: readonly Commit[]): StockBook {
  const book = emptyBook();
  for (const { prefix, subject, event } of commits.flatMap(commandsOf).flatMap((c) => c.events)) {
    if (prefix === 'catalog') noteCatalog(book, catalogFact(event));
    if (event.type !== 'ItemSaved') continue;
    skuOf(book, subject).productClass = (event as unknown as { productClass: string }).productClass;
  }
  return book;
}

/** Allocations first: lanes tell of fills and releases in no order among each other. */
function bookOf(commits: readonly Commit[]): StockBook {
  const book = emptyBook();
  const events = commits.flatMap(commandsOf).flatMap((command) => command.events);
  const made = events.filter(({ event }) => event.type === 'AllocationMade');
  const later = new Set(['BackorderFilled', 'AllocationReleased']);
  for (const { subject, event } of [
    ...made,
    ...events.filter((each) => later.has(each.event.type)),
  ]) {
    noteClaim(book, subject, claimFact(event));
  }
  return book;
}
