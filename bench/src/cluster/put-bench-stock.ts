/** Stock for measurements, through a gateway, as an operator puts it there. */
import * as documents from '../documents.ts';
import { askPatiently, type GraphqlClient, graphqlClient } from '../graphql-client.ts';
import { locationCode, unitsOfEach } from '../measure/ledger-store.ts';

const atOnce = 4;

const attemptsMax = 20;

/** Asks again while a lane that is changing hands, or a store that is slow, lets it wait. */
async function save(client: GraphqlClient, query: string, input: object): Promise<void> {
  const idempotencyKey = crypto.randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    const variables = { input: { idempotencyKey, ...input } };
    const { answer } = await askPatiently(client, query, variables);
    const { __typename } = answer as { readonly __typename: string };
    if (/^(MasterDataSaved|StockChanged)$/.test(__typename)) return;
    if (__typename !== 'Overloaded' || attempt === attemptsMax) throw new Error(__typename);
  }
}

/** `bench-0` and so on, with more units than any run takes. */
export async function putBenchStock(endpoint: string, key: string, skus: number): Promise<void> {
  const clients = Array.from({ length: atOnce }, () => graphqlClient(endpoint, key));
  const [first] = clients;
  if (first) await save(first, documents.putLocation, { code: locationCode, name: 'Bench' });
  await Promise.all(
    clients.map(async (client, begin) => {
      for (let at = begin; at < skus; at += atOnce) {
        const sku = `bench-${at}`;
        await save(client, documents.putItem, { sku });
        const count = { sku, locationCode, quantity: unitsOfEach, reason: 'bench' };
        await save(client, documents.countStock, count);
      }
      client.close();
    }),
  );
}
