/**
 * The gateway of an embedded system, in a thread of its own: reading, planning, refusing and
 * telling subscribers keep nobody from deciding, and deciding keeps nobody from being told so.
 */
import { parentPort } from 'node:worker_threads';
import { createGateway } from '@holdfast/gateway/app';
import { createRegistry } from '@holdfast/gateway/metrics';
import { supergraphSdl } from '@holdfast/schema/sdl';
import { noTracing } from '@holdfast/schema/tracing';
import { version } from '../build.ts';
import { consoleFolder } from '../console-folder.ts';
import { ringOf } from '../keys.ts';
import { listenSomewhere } from '../listen-somewhere.ts';
import { errorLogger } from '../logger.ts';
import { openTracing } from '../open-tracing.ts';
import { Refused } from '../refused.ts';
import { isLoopback } from '../settings.ts';
import type { FromGatewayThread, GatewayThreadParts, ToGatewayThread } from './messages.ts';

const say = (message: FromGatewayThread): void => parentPort?.postMessage(message);

/** Who ask for it at the same time are told the same. */
let measuring: PromiseWithResolvers<string> | undefined;
function measuredElsewhere(): Promise<string> {
  if (measuring === undefined) {
    measuring = Promise.withResolvers();
    say({ type: 'measure' });
  }
  return measuring.promise;
}

async function open({ settings, keys, subgraphs }: GatewayThreadParts) {
  const tracing = (await openTracing(process.env)) ?? noTracing;
  const gateway = await createGateway({
    ...{ subgraphs, supergraphSdl: supergraphSdl(), version, tracing, measuredElsewhere },
    registry: createRegistry('without the process'),
    keys: ringOf(keys, isLoopback(settings.host)),
    rates: { storefront: settings.storefrontRate, otherKeys: settings.keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
  });
  const listenAt = (port: number) => gateway.listen(settings.host, port);
  return {
    async listen() {
      try {
        say({ type: 'listening', ...(await listenSomewhere(settings.port, listenAt)) });
      } catch (failure) {
        if (!(failure instanceof Refused)) throw failure;
        say({ type: 'refused', sentence: failure.message });
      }
    },
    async close() {
      await gateway.close();
      await tracing.close();
      say({ type: 'closed' });
    },
  };
}

let opened: ReturnType<typeof open> | undefined;
parentPort?.on('message', async (message: ToGatewayThread) => {
  switch (message.type) {
    case 'open':
      opened = open(message);
      return;
    case 'listen':
      return (await opened)?.listen();
    case 'close':
      return (await opened)?.close();
    case 'measured':
      measuring?.resolve(message.text);
      measuring = undefined;
  }
});
