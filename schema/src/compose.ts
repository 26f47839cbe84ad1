/**
 * Writes supergraph.graphql from the subgraphs' documents. `npm run compose`; a test fails when it
 * was forgotten.
 */
import { writeFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { inventorySdl, ordersSdl } from './sdl.ts';

/** @throws with every composition error when the documents do not fit together */
export function compose(): string {
  const result = composeServices([
    { name: 'inventory', url: 'inventory:', typeDefs: parse(inventorySdl) },
    { name: 'orders', url: 'orders:', typeDefs: parse(ordersSdl) },
  ]);
  if (result.errors) throw new Error(result.errors.map((error) => error.message).join('\n'));
  return result.supergraphSdl;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../supergraph.graphql', import.meta.url), `${compose()}\n`);
}
