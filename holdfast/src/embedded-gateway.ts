/** The gateway of an embedded system, in whichever thread: its keys stay as they are. */
import { createGateway, type GatewayOptions } from '@holdfast/gateway/app';
import { supergraphSdl } from '@holdfast/schema/sdl';
import { version } from './build.ts';
import { consoleFolder } from './console-folder.ts';
import { ringOf } from './keys.ts';
import { listenSomewhere } from './listen-somewhere.ts';
import { errorLogger } from './logger.ts';
import { isLoopback } from './settings.ts';
import type { GatewayParts, MadeGateway } from './start-embedded.ts';

/** What depends on the thread. */
type OfThread = Pick<
  GatewayOptions,
  'subgraphs' | 'registry' | 'tracing' | 'betweenParts' | 'measuredElsewhere'
>;

export async function embeddedGateway(
  { settings, keys }: Pick<GatewayParts, 'settings' | 'keys'>,
  ofThread: OfThread,
): Promise<MadeGateway> {
  const { listen, close } = await createGateway({
    ...{ ...ofThread, supergraphSdl: supergraphSdl(), version },
    keys: ringOf(keys, isLoopback(settings.host)),
    rates: { storefront: settings.storefrontRate, otherKeys: settings.keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
  });
  const listenAt = (port: number) => listen(settings.host, port);
  return { listen: () => listenSomewhere(settings.port, listenAt), close };
}
