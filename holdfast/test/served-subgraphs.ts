/** Real subgraphs behind real sockets, several servers of each, and a gateway that asks them. */
import { systemClock } from '@holdfast/chassis/clock';
import { type SubgraphServer, serveSubgraph } from '@holdfast/chassis/subgraph/serve-subgraph.http';
import { createGateway } from '@holdfast/gateway/app';
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { type Embedded, openEmbedded } from '../src/embedded.ts';
import { newKeys, ringOf } from '../src/keys.ts';
import { cuttable } from './cuttable.ts';
import { withClients } from './system.ts';

export const secret = 'the secret of this installation, long enough';
const unlimited = { burst: 1_000_000, perSecond: 1_000_000 };

const serve = (subgraph: Subgraph): Promise<SubgraphServer> =>
  serveSubgraph({
    ...{ subgraph, secret, host: '127.0.0.1', port: 0, clock: systemClock() },
    log: { error: () => {} },
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  });

const gatewayOver = async (urls: Readonly<Record<string, readonly string[]>>) => {
  const keys = newKeys();
  const gateway = await createGateway({
    subgraphs: Object.entries(urls).map(([name, urls]) => ({ name, urls, secret })),
    supergraphSdl: supergraphSdl(),
    keys: ringOf(keys, true),
    rates: { storefront: unlimited, otherKeys: unlimited },
    consoleFolder: undefined,
    logger: { info: () => {}, error: () => {} },
    version: 'test',
  });
  const { url } = await gateway.listen('127.0.0.1', 0);
  return { ...withClients({ url, keys, close: gateway.close }), gateway };
};

/** Two servers of each subgraph, each behind a way that can be cut. */
export async function serveTwice() {
  const embedded: Embedded = await openEmbedded(
    { data: 'memory', storefrontCap: Number.POSITIVE_INFINITY },
    () => {},
  );
  const servers: SubgraphServer[] = [];
  const serveBehind = async (subgraph: Subgraph) => {
    const server = await serve(subgraph);
    servers.push(server);
    return { server, way: await cuttable(server.port) };
  };
  const pair = async (subgraph: Subgraph) =>
    [await serveBehind(subgraph), await serveBehind(subgraph)] as const;
  const inventory = await pair(embedded.inventory.subgraph);
  const orders = await pair(embedded.orders.subgraph);
  const system = await gatewayOver({
    inventory: inventory.map(({ way }) => way.url),
    orders: orders.map(({ way }) => way.url),
  });
  return {
    ...{ ...system, inventory, orders },
    async end() {
      await system.end();
      for (const { way } of [...inventory, ...orders]) await way.cut();
      for (const { close } of servers) await close();
      await embedded.close();
    },
  };
}

export type ServedTwice = Awaited<ReturnType<typeof serveTwice>>;
