/**
 * The contract as text: one document a subgraph, and the supergraph that `npm run compose` makes of
 * them.
 */
import { readFileSync } from 'node:fs';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

export const inventorySdl = read('inventory.graphql');
export const ordersSdl = read('orders.graphql');

export const supergraphSdl = () => read('supergraph.graphql');
