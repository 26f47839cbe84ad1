/** Waits until nothing is left to do, and says what still is. */
import type { World } from '@holdfast/chassis/simulation/world';
import { openClaims } from './oracle/audit-lanes.ts';
import { commandsOf } from './oracle/audit-log.ts';
import { auditOrders, type OrdersAudited } from './oracle/audit-orders.ts';
import { noteClaim } from './oracle/claim-book.ts';
import { claimFact } from './oracle/inventory-facts.ts';
import { emptyBook, type StockBook } from './oracle/stock-book.ts';
import { pass } from './run-until.ts';
import { commitsOf, type System } from './system.ts';

const lookEveryMs = 1_000;
/**
 * Who follows a log looks into it at least this often, and writes what it made of it a little
 * later.
 */
const behindMsMax = 6_000;
const settledWithinMs = 1_500_000;
/** What is due now may be done a little later. */
const lateMs = 1_500;
/** Facts of inventory that an order waits for. */
const answersToOrders = new Set(['AllocationMade', 'AllocationRefused', 'BackorderFilled']);

/** @returns what is still to be done, one sentence each; empty when all is quiet */
export async function settle(world: World, system: System): Promise<readonly string[]> {
  const until = world.now() + settledWithinMs;
  const tale = latestTale(system);
  for (let quietMs = 0; world.now() < until; ) {
    const commits = system.logs.count();
    await pass(world, lookEveryMs);
    const isQuiet = system.logs.count() === commits && leftToDo(system, tale()).length === 0;
    quietMs = isQuiet ? quietMs + lookEveryMs : 0;
    if (quietMs >= behindMsMax) return [];
  }
  return leftToDo(system, tale());
}

/** What the logs say, whatever time it is. */
type Tale = {
  readonly book: StockBook;
  readonly orders: OrdersAudited;
  /** Facts that the other context has not heard of, and claims that some lane has not. */
  readonly unheard: readonly string[];
  readonly inventoryCommits: number;
};

/** Read again only when something was written since. */
function latestTale(system: System): () => Tale {
  let readAt = -1;
  let tale: Tale | undefined;
  return () => {
    const commits = system.logs.count();
    if (tale === undefined || commits !== readAt) tale = readLogs(system);
    readAt = commits;
    return tale;
  };
}

function readLogs(system: System): Tale {
  const inventory = commitsOf(system, 'inventory');
  const orders = auditOrders(
    commitsOf(system, 'orders'),
    () => {},
    () => {},
  );
  const asked = new Set<string>();
  const told: string[] = [];
  const decided = new Set<string>();
  const book = emptyBook();
  for (const { record, events } of inventory.flatMap(commandsOf)) {
    if (record.cause !== undefined) asked.add(record.cause);
    for (const { id, prefix, subject, event } of events) {
      if (prefix !== 'claim' && prefix !== 'wide') continue;
      const fact = claimFact(event);
      if (system.laneCount === 1) noteClaim(book, subject, fact);
      if (answersToOrders.has(fact.type)) told.push(id);
      if (answersToOrders.has(fact.type)) decided.add(subject);
    }
  }
  const unheard = [
    ...[
      // A claim over lanes that is decided already is not written down again for who asks again.
      ...[...orders.requests].filter(([, { claim }]) => !decided.has(claim)),
      ...orders.releases,
    ].flatMap(([id]) => (asked.has(id) ? [] : [`inventory has not heard of ${id}`])),
    ...told.filter((id) => !orders.noted.has(id)).map((id) => `orders have not heard of ${id}`),
    ...openClaims(inventory),
  ];
  return { book, orders, unheard, inventoryCommits: inventory.length };
}

function leftToDo(system: System, { book, orders, unheard, inventoryCommits }: Tale): string[] {
  const clocks = [...system.inventories(), ...system.orders()].map(({ process }) =>
    process.clock.now(),
  );
  if (clocks.length < system.instances) return ['a process is not back yet'];
  const now = Math.min(...clocks) - lateMs;
  return [
    ...unheard,
    ...unsweptHolds(book, now),
    ...openOrders(orders, now),
    ...behind(system, inventoryCommits),
  ];
}

const unsweptHolds = ({ claims }: StockBook, now: number): string[] =>
  [...claims].flatMap(([id, claim]) =>
    claim.type === 'reservation' && claim.status === 'active' && claim.expiresAt < now
      ? [`nobody has swept ${id}`]
      : [],
  );

const openOrders = ({ orders }: OrdersAudited, now: number): string[] =>
  [...orders.values()].flatMap(({ order, status, paid, needsPayment, paymentDueAt }) => {
    if (status === 'pending') return [`${order} is not decided`];
    if (status !== 'taken' || paid || !needsPayment) return [];
    if (paymentDueAt === undefined) return [`${order} waits for its payment without end`];
    return paymentDueAt < now ? [`the grace of ${order} has passed`] : [];
  });

function behind(system: System, head: number): string[] {
  return [
    ...[...system.inventories(), ...system.orders()].flatMap(({ process, app }) => {
      const { followers, projections } = app.figures();
      const following = [...followers, ...Object.values(projections)];
      const commits = following.reduce((sum, each) => sum + each.behind, 0);
      const waiting = followers.reduce((sum, each) => sum + each.retrying, 0);
      if (commits + waiting === 0) return [];
      return [`${process.name} is ${commits} commits behind, and ${waiting} events wait`];
    }),
    ...system.inventories().flatMap(({ process, app }) => {
      if (app.ledger.count > 1) return [];
      const shown = Math.floor(app.reads.position() / 4_096);
      return shown < head ? [`${process.name} shows ${shown} of ${head}`] : [];
    }),
  ];
}
