/** Carts of several SKUs, whose lanes decide one after the other: what each costs. */
import { setTimeout as pause } from 'node:timers/promises';
import * as documents from '../documents.ts';
import { graphqlClient } from '../graphql-client.ts';
import { latencies } from '../latencies.ts';
import { type Figure, p50AndP99 } from '../row.ts';
import type { Cluster } from './start-cluster.ts';
import { appendsIn } from './store-figures.ts';

/** What a claim still has to tell its lanes after its answer. */
const settledAfterMs = 1_500;

async function cartsOf(cluster: Cluster, size: number, count: number, skus: number) {
  const [gateway] = cluster.gateways;
  if (!gateway) throw new Error('there is no gateway');
  const client = graphqlClient(gateway.endpoint, cluster.keys.partner);
  const heard = latencies();
  const before = await appendsIn(cluster.mongo.url);
  for (let cart = 0; cart < count; cart += 1) {
    const lines = Array.from({ length: size }, (_, at) => ({
      ...{ sku: `bench-${(cart * size + at) % skus}`, quantity: 1 },
    }));
    const input = { idempotencyKey: crypto.randomUUID(), lines };
    const startedAt = performance.now();
    const { answer } = await client.ask(documents.reserveStock, { input });
    const { __typename } = answer as { readonly __typename: string };
    if (__typename !== 'StockReserved') throw new Error(`a cart was refused: ${__typename}`);
    heard.note(performance.now() - startedAt);
  }
  client.close();
  await pause(settledAfterMs);
  const after = await appendsIn(cluster.mongo.url);
  const appendsEach = (after.count - before.count) / count;
  return { appendsEach, p50Ms: heard.quantile(0.5), p99Ms: heard.quantile(0.99) };
}

export async function tellCarts(
  cluster: Cluster,
  { quick, skus }: { readonly quick: boolean; readonly skus: number },
  tell: (figure: Figure) => void,
): Promise<void> {
  for (const size of [1, 2, 5]) {
    const found = await cartsOf(cluster, size, quick ? 15 : 40, skus);
    tell({
      what: `a cart of ${size} SKU${size > 1 ? 's' : ''}, 16 lanes, one buyer`,
      value: [
        `${found.appendsEach.toFixed(1)} appends each, settling included`,
        p50AndP99(found.p50Ms, found.p99Ms),
      ].join(' · '),
      ...{ numbers: found, goals: [] },
    });
  }
}
