/**
 * Inventory's whole log, command by command: the law, and whether each answer was the right one.
 */
import type { Commit } from '@holdfast/chassis/commit';
import type { OrderAllocationRequested } from '@holdfast/schema/events';
import type { InventoryCommand } from '../client.ts';
import { type Request, requestId } from '../requests.ts';
import { commandsOf, type LoggedCommand } from './audit-log.ts';
import { checkAllocation, checkAnswer } from './check-answers.ts';
import { noteClaim } from './claim-book.ts';
import { catalogFact, claimFact, stockFact } from './inventory-facts.ts';
import {
  emptyBook,
  freeUnits,
  keyOf,
  noteCatalog,
  noteStock,
  placeOf,
  type StockBook,
  skuOf,
} from './stock-book.ts';
import { type Breach, checkCommit, checkFact } from './stock-law.ts';

export type InventoryAudit = {
  /** Who asked for what, by the id of the request. */
  readonly asked: ReadonlyMap<string, Request>;
  /** What orders asked for, by the id of the event. */
  readonly intents: ReadonlyMap<string, OrderAllocationRequested>;
  readonly breach: Breach;
  readonly note: (state: string) => void;
  /** After each fact of a SKU. */
  readonly onStock: (book: StockBook, sku: string) => void;
  /** After each commit. */
  readonly onCommit: (book: StockBook, version: number) => void;
};

type Touched = { readonly claims: Set<string>; readonly places: Set<string> };

export function auditInventory(commits: readonly Commit[], audit: InventoryAudit): StockBook {
  const book = emptyBook();
  for (const commit of commits) {
    const touched: Touched = { claims: new Set(), places: new Set() };
    for (const command of commandsOf(commit)) {
      checkCommand(book, command, audit);
      apply(book, command, touched, audit);
    }
    checkCommit(book, touched, commit.at, audit.breach);
    audit.onCommit(book, commit.version);
  }
  return book;
}

function checkCommand(book: StockBook, command: LoggedCommand, audit: InventoryAudit) {
  const { record } = command;
  if (record.type === 'AllocateStock') {
    const intent = audit.intents.get(record.cause ?? '');
    if (!intent) return audit.breach('I4', `nobody asked for the allocation ${record.key}`);
    noteUnswept(book, intent.lines, command, audit);
    return checkAllocation(book, intent, command, audit);
  }
  const request = audit.asked.get(requestId({ ...record, key: record.key ?? '' }));
  if (!request) return;
  const content = contentOf(request);
  if (content.type === 'ReserveStock') noteUnswept(book, content.wanted, command, audit);
  checkAnswer(book, content, command, audit);
}

/** A decision that meets a hold whose time has passed, and which nobody has ended yet. */
function noteUnswept(
  book: StockBook,
  wanted: readonly { readonly sku: string }[],
  { at }: LoggedCommand,
  { note }: InventoryAudit,
): void {
  const places = wanted.flatMap(({ sku }) => [...skuOf(book, sku).places.values()]);
  const holds = places.flatMap((place) => [...place.holds.values()]);
  if (holds.some(({ expiresAt }) => expiresAt <= at))
    note('expired hold ignored before it was swept');
}

/** Requests to inventory are made with inventory's commands. */
const contentOf = (request: Request): InventoryCommand => request.content as InventoryCommand;

function apply(
  book: StockBook,
  { events, at }: LoggedCommand,
  touched: Touched,
  { breach, note, onStock }: InventoryAudit,
): void {
  for (const { prefix, subject, event } of events) {
    if (prefix === 'catalog') noteCatalog(book, catalogFact(event));
    if (prefix === 'claim') {
      const fact = claimFact(event);
      if (fact.type === 'ReservationReleased' && fact.reason === 'replaced') note('hold replaced');
      if (fact.type === 'ReservationExpired') note('hold expired');
      if (fact.type === 'BackorderFilled') note('backorder filled');
      touched.claims.add(subject);
      noteClaim(book, subject, fact);
    }
    if (prefix !== 'sku') continue;
    const fact = stockFact(event);
    const sku = skuOf(book, subject);
    checkFact(subject, sku, fact, at, breach);
    noteStock(sku, fact, at);
    if ('location' in fact) {
      touched.places.add(keyOf({ sku: subject, location: fact.location }));
      if (freeUnits(placeOf(sku, fact.location), at) < 0) note('shortfall');
    }
    onStock(book, subject);
  }
}
