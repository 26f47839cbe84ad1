/** The stock that the kill load sells. */
import * as documents from './documents.ts';
import type { GraphqlClient } from './graphql-client.ts';
import { locationCode, scarceUnits, skus, unitsAtStart } from './kill-load.ts';

const daySeconds = 86_400;
/** A lane of a cluster that has just started may still be on its way to its owner. */
const triesMax = 50;
const againMs = 200;

export async function putKillStock(client: GraphqlClient): Promise<void> {
  const save = async (query: string, input: object) => {
    const asked = { input: { idempotencyKey: crypto.randomUUID(), ...input } };
    for (let tries = 1; ; tries += 1) {
      const { answer } = await client.ask(query, asked);
      const { __typename } = answer as { readonly __typename: string };
      if (/^(MasterDataSaved|StockChanged)$/.test(__typename)) return;
      if (__typename !== 'Overloaded' || tries === triesMax) throw new Error(__typename);
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  };
  const hold = { holdSeconds: daySeconds, holdSecondsMax: daySeconds };
  const productClass = 'kill';
  await save(documents.putProductClass, { code: productClass, mode: 'RESERVATION', ...hold });
  await save(documents.putLocation, { code: locationCode, name: 'Kill' });
  for (const sku of skus) {
    const quantity = sku === skus.at(-1) ? scarceUnits : unitsAtStart;
    await save(documents.putItem, { sku, productClass });
    await save(documents.countStock, { sku, locationCode, quantity, reason: 'kill' });
  }
}
