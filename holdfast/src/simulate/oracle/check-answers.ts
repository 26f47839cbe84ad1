/** Each kept answer of inventory against the expected one. */
import type { OrderAllocationRequested } from '@holdfast/schema/events';
import type { InventoryCommand } from '../client.ts';
import type { LoggedCommand } from './audit-log.ts';
import { type Expected, expectedOfHoldLife, expectedOfReserve } from './expected-promises.ts';
import {
  expectedGrace,
  expectedOfRequest,
  expectedOfStock,
  type Physical,
} from './expected-stock.ts';
import { claimFact, stockFact } from './inventory-facts.ts';
import type { StockBook } from './stock-book.ts';
import type { Breach } from './stock-law.ts';

type Checking = { readonly breach: Breach; readonly note: (state: string) => void };

export function checkAnswer(
  book: StockBook,
  asked: InventoryCommand,
  command: LoggedCommand,
  checking: Checking,
) {
  const { breach } = checking;
  const { at } = command;
  switch (asked.type) {
    case 'ReserveStock':
      checkPromise(expectedOfReserve(book, asked, at), command, breach);
      return checkLines(asked, command, breach);
    case 'ExtendReservation':
    case 'ReleaseReservation':
      return checkPromise(expectedOfHoldLife(book, asked, at), command, breach);
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'CountStock':
    case 'MoveStock':
      return checkPhysical(expectedOfStock(book, asked, at), command, breach);
    default:
  }
}

const nameOf = ({ record, version }: LoggedCommand): string =>
  `${record.type} ${record.key} of ${record.by} in version ${version}`;

function checkPromise(expected: Expected | undefined, command: LoggedCommand, breach: Breach) {
  const { outcome } = command;
  const name = nameOf(command);
  if (!expected) return breach('I4', `${name} is about a reservation that does not exist`);
  if (!outcome) return breach('I4', `${name} has no outcome`);
  if (expected.type === 'refused') {
    const given = JSON.stringify('rejected' in outcome ? outcome.rejected : 'accepted');
    const right = JSON.stringify(expected.rejection);
    if (given !== right) breach('I1', `${name} was answered ${given}, right was ${right}`);
    return;
  }
  if ('rejected' in outcome) {
    return breach('I10', `${name} was refused without reason: ${JSON.stringify(outcome.rejected)}`);
  }
  if (expected.expiresAt === undefined) return;
  const { accepted } = outcome;
  const said = JSON.stringify(accepted);
  if (said.includes(`"expiresAt":${expected.expiresAt}`)) return;
  breach('I10', `${name} should end at ${expected.expiresAt}, and was answered ${said}`);
}

/** What was promised is what was wanted, each unit once. */
function checkLines(
  { wanted }: Extract<InventoryCommand, { type: 'ReserveStock' }>,
  command: LoggedCommand,
  breach: Breach,
) {
  for (const { event } of command.events) {
    const fact = claimFact(event);
    if (fact.type !== 'ReservationMade') continue;
    for (const { sku, anywhere, at } of wanted) {
      const lines = fact.lines.filter((line) => line.sku === sku);
      const units = lines.reduce((sum, line) => sum + line.units, 0);
      const asked = [...at.values()].reduce((sum, each) => sum + each, anywhere);
      if (units !== asked)
        breach('I1', `${nameOf(command)} holds ${units} of ${sku}, not ${asked}`);
      for (const [location, least] of at) {
        const there = lines.find((line) => line.location === location)?.units ?? 0;
        if (there < least)
          breach('I1', `${nameOf(command)} holds ${there} of ${sku} at ${location}`);
      }
    }
  }
}

function checkPhysical(expected: Physical | undefined, command: LoggedCommand, breach: Breach) {
  const { outcome, events } = command;
  const name = nameOf(command);
  if (!expected || !outcome) return breach('I4', `${name} should not have been kept`);
  if (expected.type === 'refused') {
    const given = 'rejected' in outcome ? outcome.rejected.type : 'accepted';
    if (given !== expected.rejection)
      breach('I2', `${name} was ${given}, not ${expected.rejection}`);
    return;
  }
  if ('rejected' in outcome) return breach('I2', `${name} was refused: ${outcome.rejected.type}`);
  const changed = new Map<string, number>();
  const add = (condition: string, units: number) =>
    changed.set(condition, (changed.get(condition) ?? 0) + units);
  for (const { prefix, event } of events) {
    if (prefix !== 'sku') continue;
    const fact = stockFact(event);
    if (fact.type === 'StockReceived') add(fact.condition, fact.units);
    if (fact.type === 'StockAdjusted' || fact.type === 'StockCounted') {
      add(fact.condition, fact.deltaUnits);
    }
    if (fact.type !== 'StockMoved') continue;
    add(fact.from, -fact.units);
    add(fact.to, fact.units);
  }
  for (const condition of new Set([...changed.keys(), ...expected.change.keys()])) {
    const [is, should] = [changed.get(condition) ?? 0, expected.change.get(condition) ?? 0];
    if (is !== should) breach('I2', `${name} changes ${condition} by ${is} instead of ${should}`);
  }
}

export function checkAllocation(
  book: StockBook,
  intent: OrderAllocationRequested,
  command: LoggedCommand,
  { breach, note }: Checking,
): void {
  const expected = expectedOfRequest(book, intent, command.at);
  const name = nameOf(command);
  const facts = command.events
    .filter(({ prefix }) => prefix === 'claim')
    .map(({ event }) => claimFact(event));
  const made = facts.find((fact) => fact.type === 'AllocationMade');
  const refused = facts.find((fact) => fact.type === 'AllocationRefused');
  const converted = facts.some((fact) => fact.type === 'ReservationConverted');
  const is = converted ? 'converted' : made ? 'allocated' : (refused?.reason ?? 'none');
  if (is !== expected.type) breach('I10', `${name} ended as ${is}, right was ${expected.type}`);
  if (expected.type === 'none') note('allocation asked for again');
  if (!made || expected.type === 'none') return;
  if (made.paymentGraceSeconds !== expectedGrace(book, intent)) {
    breach('I7', `${name} gives ${made.paymentGraceSeconds} s of grace`);
  }
  if (expected.type !== 'allocated') return;
  if (intent.reservation !== undefined) note('lapsed reservation taken again');
  for (const { sku } of intent.lines) {
    const waiting = made.backordered.find((line) => line.sku === sku)?.units ?? 0;
    if (waiting === (expected.waiting.get(sku) ?? 0)) continue;
    breach('I1', `${name} leaves ${waiting} units of ${sku} waiting`);
  }
}
