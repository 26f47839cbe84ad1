/** Holdfast, empty, on a port of its own, with a client for each role. */
import { type Holdfast, type StartOptions, startHoldfast } from 'holdfast';
import { type Client, clientOf } from './client.ts';

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

export async function startSystem(options: StartOptions = {}): Promise<System> {
  const holdfast = await startHoldfast({ empty: true, ...options });
  return withClients(holdfast);
}

export function withClients(holdfast: Holdfast): System {
  const { url, keys } = holdfast;
  const clients = {
    anonymous: clientOf(url, undefined),
    storefront: clientOf(url, keys.storefront),
    agent: clientOf(url, keys.agent),
    partner: clientOf(url, keys.partner),
    operator: clientOf(url, keys.operator),
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
