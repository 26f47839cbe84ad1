/**
 * The gateway of an embedded system, in a thread of its own: reading, planning, refusing and
 * telling subscribers keep nobody from deciding, and deciding keeps nobody from being told so.
 */
import { parentPort } from 'node:worker_threads';
import { createRegistry } from '@holdfast/gateway/metrics';
import { noTracing } from '@holdfast/schema/tracing';
import { embeddedGateway } from '../embedded-gateway.ts';
import { openTracing } from '../open-tracing.ts';
import { Refused } from '../refused.ts';
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

async function open(parts: GatewayThreadParts) {
  const tracing = (await openTracing(process.env)) ?? noTracing;
  const { listen, close } = await embeddedGateway(parts, {
    ...{ subgraphs: parts.subgraphs, tracing, measuredElsewhere },
    registry: createRegistry('without the process'),
  });
  return {
    async listen() {
      try {
        say({ type: 'listening', ...(await listen()) });
      } catch (failure) {
        if (!(failure instanceof Refused)) throw failure;
        say({ type: 'refused', sentence: failure.message });
      }
    },
    async close() {
      await close();
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
