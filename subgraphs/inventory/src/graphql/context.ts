/**
 * What a resolver has for one request: who asks, what they may, and loaders that live as long as it
 * does.
 */

import type { Clock } from '@holdfast/chassis/clock';
import { type Caller, maySeeStock, mayWriteStock } from '@holdfast/schema/caller';
import type { BuyerHash, Sku } from '@holdfast/schema/identifiers';
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { HandleCommand } from '../handle-command.ts';
import type { Ledger } from '../ledger.ts';
import type { StockDocument } from '../projections/availability.ts';
import type { InventoryReads, PagedMovement } from '../reads.ts';
import { ReadTooEarly } from '../up-to-date.ts';

export type InventoryServices = {
  readonly ledger: Ledger;
  readonly handle: HandleCommand;
  readonly reads: InventoryReads;
  readonly clock: Clock;
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
  readonly stocks: DataLoader<Sku, StockDocument | undefined>;
  /** The largest quantity that this caller is shown. */
  readonly cap: number;
  /**
   * Waits, where need be, for what the caller or this process has been answered before; undefined
   * when nothing is to be waited for. @throws GraphQLError TIMEOUT
   */
  readonly upToDate: (skus: readonly (Sku | undefined)[]) => Promise<void> | undefined;
  /** A page of them, up to date too. @throws GraphQLError TIMEOUT */
  readonly movements: (
    sku: Sku,
    page: Parameters<InventoryReads['movements']>[1],
  ) => Promise<readonly PagedMovement[]>;
};

export function createContext(
  services: InventoryServices,
  request: SubgraphRequest,
): InventoryContext {
  const { caller } = request;
  const { after } = request;
  const { reads } = services;
  return {
    ...services,
    caller,
    request,
    upToDate: upToDateOnce(reads, after),
    movements: (sku, page) => reads.movements(sku, page, after).catch(tooEarly),
    hashBuyer: (secret) => services.fingerprint(`${caller.id}\n${secret}`) as BuyerHash,
    // Batches and does not remember: one context serves a subscription for as long as it lives.
    stocks: new DataLoader((skus) => services.reads.stocks(skus), { cache: false }),
    cap: caller.role === 'storefront' ? services.storefrontCap : Number.POSITIVE_INFINITY,
  };
}

/** With a cursor, each SKU is waited for once a request, however often it is named. */
function upToDateOnce(
  reads: InventoryReads,
  after: string | undefined,
): InventoryContext['upToDate'] {
  if (after === undefined) return () => reads.upToDate()?.catch(tooEarly);
  const waits = new Map<Sku | undefined, Promise<void> | undefined>();
  return (skus) => {
    const fresh = skus.filter((sku) => !waits.has(sku));
    if (fresh.length > 0) {
      const wait = reads.upToDate({ after, skus: fresh })?.catch(tooEarly);
      for (const sku of fresh) waits.set(sku, wait);
    }
    const asked = new Set(skus.map((sku) => waits.get(sku)));
    return Promise.all(asked).then(() => undefined);
  };
}

function tooEarly(failure: unknown): never {
  if (!(failure instanceof ReadTooEarly)) throw failure;
  const message = 'what this must include has not arrived yet; ask again';
  throw new GraphQLError(message, { extensions: { code: 'TIMEOUT' }, originalError: failure });
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
