/** All invariants, after a run. */
import type { World } from '@holdfast/chassis/simulation/world';
import { type OrderId, uuidOf } from '@holdfast/schema/identifiers';
import type { Client } from './client.ts';
import type { Look } from './looks.ts';
import { auditAnswers, checkFreshness } from './oracle/audit-answers.ts';
import { auditBus, auditRepeats } from './oracle/audit-bus.ts';
import { auditInventory } from './oracle/audit-inventory.ts';
import { auditLanes } from './oracle/audit-lanes.ts';
import { auditChain, commandsOf } from './oracle/audit-log.ts';
import { auditLooks, shelvesOf } from './oracle/audit-looks.ts';
import { auditOrders, checkAgreement, type OrdersAudited } from './oracle/audit-orders.ts';
import { auditRealTime } from './oracle/audit-real-time.ts';
import type { Breach } from './oracle/stock-law.ts';
import { type Requests, requestId } from './requests.ts';
import { commitsOf, inventoryLane, ordersLane, type System } from './system.ts';

export async function auditAll(
  world: World,
  system: System,
  requests: Requests,
  client: Client,
  looks: readonly Look[],
  breach: Breach,
): Promise<void> {
  auditRepeats(system.bus.repeated(), breach);
  if (system.laneCount > 1)
    return auditSeveralLanes(world, system, requests, client, looks, breach);
  const inventory = system.logs.commits(inventoryLane);
  const orders = system.logs.commits(ordersLane);
  for (const words of [...system.breaches, ...client.breaches]) breach('availability', words);
  auditChain(inventory, breach);
  auditChain(orders, breach);
  const audited = auditOrders(orders, breach, world.note);
  const shown = auditLooks(inventory, looks, breach);
  const asked = new Map(
    requests
      .all()
      .toReversed()
      .map((request) => [requestId(request), request]),
  );
  const book = auditInventory(inventory, {
    ...{ asked, intents: audited.requests, breach, note: world.note },
    onStock: (book, sku) => shown.onStock(shelvesOf(book), sku),
    onCommit: (book, version) => shown.onCommit(shelvesOf(book), { lane: 0, version }),
  });
  shown.end();
  checkAgreement(audited, book, breach);
  auditAnswers(requests.all(), [...inventory, ...orders], breach, world.note);
  auditBus(system.bus.published(), [inventory, orders], breach);
  checkKeys(system, audited, breach);
  await checkNumbers(system, audited, breach);
  await checkMovements(system, inventory.flatMap(commandsOf), breach);
  noteReplays(world, requests);
}

/** What can be said of several lanes without following each answer through all of them. */
async function auditSeveralLanes(
  world: World,
  system: System,
  requests: Requests,
  client: Client,
  looks: readonly Look[],
  breach: Breach,
): Promise<void> {
  for (const words of [...system.breaches, ...client.breaches]) breach('availability', words);
  const inventory = commitsOf(system, 'inventory');
  for (const commits of system.logs.all()) auditChain(commits, breach);
  const audited = auditOrders(commitsOf(system, 'orders'), breach, world.note);
  const all = requests.all();
  const book = auditLanes(inventory, { requests: all, looks, breach, note: world.note });
  for (const request of all) checkFreshness(request, breach);
  auditRealTime(all, [...inventory, ...commitsOf(system, 'orders')], breach);
  checkAgreement(audited, book, breach);
  checkKeys(system, audited, breach);
  await checkNumbers(system, audited, breach);
  await checkMovements(system, inventory.flatMap(commandsOf), breach);
  noteReplays(world, requests);
}

/** The key of every order is there: what it sealed can be read. */
function checkKeys({ keys }: System, { orders }: OrdersAudited, breach: Breach): void {
  for (const { order } of orders.values()) {
    if (!keys.has(uuidOf(order as OrderId))) breach('I6', `the key of ${order} is lost`);
  }
}

const everything = { prefix: '', limit: 100_000, direction: 'up' } as const;

async function checkNumbers(system: System, { orders }: OrdersAudited, breach: Breach) {
  const rows = await system.readModels.memory.range('orders.numbers', everything);
  const found = new Map(rows.map(({ id, body }) => [id, body]));
  for (const { number, order } of orders.values()) {
    if (!found.get(number)?.includes(order)) breach('I6', `${number} does not lead to ${order}`);
    found.delete(number);
  }
  for (const number of found.keys()) breach('I6', `nobody has the number ${number}`);
}

/** The audit trail has one line for each fact of a SKU. */
async function checkMovements(
  system: System,
  commands: ReturnType<typeof commandsOf>,
  breach: Breach,
) {
  const rows = await system.readModels.memory.range('movements', everything);
  const shown = rows.map(({ id, body = '' }) => `${id.split('\n')[0]} ${idIn(body)}`).sort();
  const facts = commands
    .flatMap(({ events }) => events)
    .filter(({ prefix }) => prefix === 'sku')
    .map(({ subject, id }) => `${subject} ${id}`)
    .sort();
  if (shown.join('\n') === facts.join('\n')) return;
  breach('I6', `the audit trail has ${shown.length} lines for ${facts.length} facts`);
}

const idIn = (body: string): string => /"id":"([^"]+)"/.exec(body)?.[1] ?? '';

function noteReplays(world: World, requests: Requests): void {
  for (const { answers } of requests.all()) {
    if (answers.some(({ replayed }) => replayed)) world.note('answer given again');
  }
}
