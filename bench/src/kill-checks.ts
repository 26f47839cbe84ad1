/**
 * What must be true after a kill: every answer is heard again, and the stock is what the answers
 * add up to.
 */
import * as documents from './documents.ts';
import { askPatiently, type GraphqlClient } from './graphql-client.ts';
import {
  type Answer,
  decide,
  type Operation,
  scarceUnits,
  skus,
  unitsAtStart,
} from './kill-load.ts';

export type Tally = { lost: number; doubled: number; replays: number; readonly wrong: string[] };

const idOf = (answer: Answer | undefined) => answer?.reservation?.id ?? answer?.order?.id;

/** What the command decided; joined and derived fields are as of now (INTERFACE "keys spent"). */
const decidedBy = (answer: Answer | undefined) =>
  [answer?.__typename, idOf(answer), answer?.order?.number, answer?.code].join(' ');

async function isFound(client: GraphqlClient, { heard, kind }: Operation): Promise<boolean> {
  const id = idOf(heard);
  if (id === undefined) return true;
  const query = kind === 'reserve' ? documents.reservationById : documents.orderById;
  const found = (await askPatiently(client, query, { id })) as Record<
    string,
    { id: string } | null
  >;
  return Object.values(found)[0]?.id === id;
}

/** One after the other on each connection, all connections at once. */
export async function forAll<Item>(
  clients: readonly GraphqlClient[],
  items: readonly Item[],
  run: (item: Item, client: GraphqlClient) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (client: GraphqlClient) => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      await run(item, client);
    }
  };
  await Promise.all(clients.map(worker));
}

/** Each acknowledged answer once more: by the same request, and by a query for what it named. */
export async function hearAgain(
  clients: readonly GraphqlClient[],
  operations: readonly Operation[],
  tally: Tally,
): Promise<void> {
  await forAll(clients, operations, async (operation, client) => {
    const again = await decide(client, operation);
    tally.replays += 1;
    if (decidedBy(again) !== decidedBy(operation.heard)) {
      tally.lost += 1;
      const [first, second] = [decidedBy(operation.heard), decidedBy(again)];
      tally.wrong.push(`${operation.kind} heard "${first}" and, again, "${second}"`);
    } else if (!(await isFound(client, operation))) {
      tally.lost += 1;
      tally.wrong.push(`${operation.kind} ${decidedBy(again)} is not found`);
    }
  });
}

type Sums = { onHand: number; reserved: number; allocated: number };

/** What the answers add up to, with every operation decided. */
function expectedSums(operations: readonly Operation[], sku: string): Sums {
  const start = sku === skus.at(-1) ? scarceUnits : unitsAtStart;
  const sums: Sums = { onHand: start, reserved: 0, allocated: 0 };
  for (const { kind, units, sku: of, heard } of operations) {
    if (of !== sku) continue;
    const accepted = heard?.__typename;
    if (kind === 'receive' && accepted === 'StockChanged') sums.onHand += units;
    else if (kind === 'reserve' && accepted === 'StockReserved') sums.reserved += units;
    else if (kind === 'cancel' && accepted === 'OrderCancelled') sums.allocated -= units;
    else if (accepted === 'OrderPlaced') {
      sums.allocated += units;
      if (kind === 'placeReserved') sums.reserved -= units;
    }
  }
  return sums;
}

const settleWithinMs = 10_000;
const pauseMs = 100;

/** Stock against answers; what orders still have to hand on gets some time for it. */
export async function compareStock(
  client: GraphqlClient,
  operations: readonly Operation[],
  tally: Tally,
): Promise<void> {
  for (const sku of skus) {
    const expected = expectedSums(operations, sku);
    const until = performance.now() + settleWithinMs;
    for (;;) {
      const { stockPositions } = await askPatiently(client, documents.positions, { sku });
      const [{ onHand, reserved, allocated }] = stockPositions as readonly [Sums];
      const actual: Sums = { onHand, reserved, allocated };
      if (JSON.stringify(actual) === JSON.stringify(expected)) break;
      if (performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        continue;
      }
      const promised = reserved + allocated - expected.reserved - expected.allocated;
      tally.doubled += Math.max(0, promised, onHand - expected.onHand);
      tally.lost += Math.max(0, -promised, expected.onHand - onHand);
      const [is, shall] = [JSON.stringify(actual), JSON.stringify(expected)];
      tally.wrong.push(`${sku} is ${is}, the answers add up to ${shall}`);
      break;
    }
  }
}

/** Orders that wait for nobody and still are not decided. */
export async function pendingOrders(
  clients: readonly GraphqlClient[],
  operations: readonly Operation[],
): Promise<number> {
  const orders = operations.filter(({ heard }) => heard?.__typename === 'OrderPlaced');
  let pending = 0;
  await forAll(clients, orders, async ({ heard }, client) => {
    const { order } = await askPatiently(client, documents.orderById, { id: heard?.order?.id });
    if ((order as { status: string } | null)?.status === 'PENDING') pending += 1;
  });
  return pending;
}
