/**
 * Holdfast with a client for each role. Embedded it is empty, and a file's own. Clustered, all
 * files share one, so that each has product names that no other file has.
 */
import { type Holdfast, type StartOptions, startHoldfast } from 'holdfast';
import { type Client, clientOf } from './client.ts';
import { gatewaysAt } from './gateways.ts';

export type System = Holdfast & {
  readonly anonymous: Client;
  readonly storefront: Client;
  readonly agent: Client;
  readonly partner: Client;
  readonly operator: Client;
  /** An item with so many units at each location; locations are made as they are named. */
  stock(sku: string, units: Readonly<Record<string, number>>, productClass?: string): Promise<void>;
  end(): Promise<void>;
};

/** A clustered system that is there for all, and its gateways. */
export type SharedSystem = {
  readonly keys: Holdfast['keys'];
  readonly gatewayUrls: readonly string[];
  /** One more gateway, with settings of its own: rates are each gateway's. */
  startGateway(options: StartOptions): Promise<string>;
};

let shared: SharedSystem | undefined;

/** From now on, `startSystem` gives this one to whoever asks. */
export const shareSystem = (system: SharedSystem): void => {
  shared = system;
};

export async function startSystem(options: StartOptions = {}): Promise<System> {
  if (!shared) return withClients(await startHoldfast({ empty: true, ...options }));
  const isPlain = Object.keys(options).length === 0;
  const urls = isPlain ? shared.gatewayUrls : [await shared.startGateway(options)];
  const [url = ''] = urls;
  return withClients({ url, keys: shared.keys, close: async () => {} }, urls);
}

export function withClients(holdfast: Holdfast, urls: readonly string[] = [holdfast.url]): System {
  const { keys } = holdfast;
  const gateways = gatewaysAt(urls);
  const clients = {
    anonymous: clientOf(gateways, undefined),
    storefront: clientOf(gateways, keys.storefront),
    agent: clientOf(gateways, keys.agent),
    partner: clientOf(gateways, keys.partner),
    operator: clientOf(gateways, keys.operator),
  };
  const { operator } = clients;
  return {
    ...holdfast,
    ...clients,
    async stock(sku, units, productClass) {
      await operator.must('putItem', { sku, productClass }, 'MasterDataSaved');
      for (const [code, quantity] of Object.entries(units)) {
        await operator.must('putLocation', { code, name: code }, 'MasterDataSaved');
        if (quantity === 0) continue;
        await operator.must('receiveStock', { sku, locationCode: code, quantity }, 'StockChanged');
      }
    },
    async end() {
      for (const client of Object.values(clients)) client.close();
      await holdfast.close();
    },
  };
}

export const customer = { email: 'ada@example.org' };
export const eur = (amount: number) => ({ amount, currency: 'EUR' });
