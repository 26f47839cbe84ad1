/** A gateway over two remote subgraphs: ours, or @apollo/gateway as its documentation starts it. */
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createGateway } from '@holdfast/gateway/app';
import { keyRing } from '@holdfast/gateway/key-ring';
import { supergraphSdl } from '@holdfast/schema/sdl';
import { tellAddress } from './addressed-server.ts';
import { caseFromParent } from './child.ts';

export type GatewayCase = {
  readonly which: 'ours' | 'stock';
  readonly inventoryUrl: string;
  readonly ordersUrl: string;
};

const { which, inventoryUrl, ordersUrl } = caseFromParent<GatewayCase>();
/** Both servers take any signature; ours pays for making one, as in a cluster. */
const secret = 'a secret that is long enough for a bench';
const urls: Readonly<Record<string, string>> = { inventory: inventoryUrl, orders: ordersUrl };

async function startOurs(): Promise<string> {
  const unlimited = { burst: 100_000_000, perSecond: 100_000_000 };
  const caller = { role: 'storefront', id: 'storefront:bench', scopes: [] } as const;
  const gateway = await createGateway({
    subgraphs: Object.entries(urls).map(([name, url]) => ({ name, urls: [url], secret })),
    supergraphSdl: supergraphSdl(),
    keys: keyRing(new Map(), caller),
    rates: { storefront: unlimited, otherKeys: unlimited },
    consoleFolder: undefined,
    logger: { info: () => {}, error: (message) => process.stderr.write(`${message}\n`) },
    version: 'bench',
  });
  const { url } = await gateway.listen('127.0.0.1', 0);
  return `${url}/graphql`;
}

async function startStock(): Promise<string> {
  const gateway = new ApolloGateway({
    supergraphSdl: supergraphSdl(),
    // Only the address differs from the default: the supergraph names none.
    buildService: ({ name }) => new RemoteGraphQLDataSource({ url: urls[name] ?? '' }),
  });
  const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
    listen: { host: '127.0.0.1', port: 0 },
  });
  return url;
}

tellAddress(which === 'ours' ? await startOurs() : await startStock());
