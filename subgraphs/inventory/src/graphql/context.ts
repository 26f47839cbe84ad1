/**
 * What a resolver has for one request: who asks, what they may, and loaders that live as long as it
 * does.
 */

import { type Caller, maySeeStock, mayWriteStock } from '@holdfast/schema/caller';
import type { BuyerHash, Sku } from '@holdfast/schema/identifiers';
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { Ledger } from '../ledger.ts';
import type { InventoryReads } from '../reads.ts';
import type { Stock } from '../stock/stock.ts';

export type InventoryServices = {
  readonly ledger: Ledger;
  readonly reads: InventoryReads;
  readonly now: () => number;
  readonly newId: () => string;
  /** Keyed hash of a text, 43 characters. */
  readonly fingerprint: (text: string) => string;
  /** The largest quantity that a storefront is shown; Infinity shows all. */
  readonly storefrontCap: number;
};

export type InventoryContext = InventoryServices & {
  readonly caller: Caller;
  /** Of this caller alone: the same secret under another key is another buyer. */
  readonly hashBuyer: (secret: string) => BuyerHash;
  readonly request: SubgraphRequest;
  readonly stocks: DataLoader<Sku, Stock | undefined>;
  /** The largest quantity that this caller is shown. */
  readonly cap: number;
};

export function createContext(
  services: InventoryServices,
  request: SubgraphRequest,
): InventoryContext {
  const { caller } = request;
  return {
    ...services,
    caller,
    request,
    hashBuyer: (secret) => services.fingerprint(`${caller.id}\n${secret}`) as BuyerHash,
    // Batches and does not remember: one context serves a subscription for as long as it lives.
    stocks: new DataLoader((skus) => services.reads.stocks(skus), { cache: false }),
    cap: caller.role === 'storefront' ? services.storefrontCap : Number.POSITIVE_INFINITY,
  };
}

const forbidden = () =>
  new GraphQLError('this key may not do that', { extensions: { code: 'FORBIDDEN' } });

export const mustWriteStock = ({ caller }: InventoryContext): void => {
  if (!mayWriteStock(caller)) throw forbidden();
};

export const mustSeeStock = ({ caller }: InventoryContext): void => {
  if (!maySeeStock(caller)) throw forbidden();
};

export const badUserInput = (message: string) =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
