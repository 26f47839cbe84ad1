/** The gateway in the thread that decides: for tests of a storefront, which start many. */
import { createGateway } from '@holdfast/gateway/app';
import { supergraphSdl } from '@holdfast/schema/sdl';
import { version } from './build.ts';
import { consoleFolder } from './console-folder.ts';
import { ringOf } from './keys.ts';
import { listenSomewhere } from './listen-somewhere.ts';
import { errorLogger } from './logger.ts';
import { isLoopback } from './settings.ts';
import type { OpenGateway } from './start-embedded.ts';

export const openGatewayHere: OpenGateway = async ({ settings, keys, embedded, watch }) => {
  const { inventory, orders, store } = embedded;
  const { registry, tracing } = watch;
  const { listen, close } = await createGateway({
    subgraphs: [inventory.subgraph, orders.subgraph],
    supergraphSdl: supergraphSdl(),
    keys: ringOf(keys, isLoopback(settings.host)),
    rates: { storefront: settings.storefrontRate, otherKeys: settings.keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
    ...{ registry, tracing, version, betweenParts: store.hear },
  });
  const listenAt = (port: number) => listen(settings.host, port);
  return { listen: () => listenSomewhere(settings.port, listenAt), close };
};
