/** Starts the gateway's thread, answers its calls here, and ends it. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { serveSubgraphThread } from '@holdfast/chassis/subgraph/serve-subgraph.thread';
import type { Embedded } from '../embedded.ts';
import type { Listening } from '../listen-somewhere.ts';
import { errorLogger } from '../logger.ts';
import { Refused } from '../refused.ts';
import type { GatewayParts, OpenGateway } from '../start-embedded.ts';
import type { Watch } from '../watching/watch.ts';
import type { FromGatewayThread, ToGatewayThread } from './messages.ts';

/** Calls of the gateway are answered over these; the other ends are its. */
function serveSubgraphs({ inventory, orders, store }: Embedded) {
  return [inventory.subgraph, orders.subgraph].map((subgraph) => {
    const { port1: port, port2 } = new MessageChannel();
    serveSubgraphThread({ subgraph, port, log: errorLogger, betweenCalls: store.hear });
    return { name: subgraph.name, port: port2 };
  });
}

async function measure({ registry }: Watch, say: (message: ToGatewayThread) => void) {
  const text = await registry.metrics();
  say({ type: 'measured', text: text.replace(/# EOF\n$/, '') });
}

function open(worker: Worker, { settings, keys, embedded, watch, onFailure }: GatewayParts) {
  const say = (message: ToGatewayThread, ports: MessagePort[] = []) =>
    worker.postMessage(message, ports);
  const listening = Promise.withResolvers<Listening>();
  const closed = Promise.withResolvers<void>();
  const hear = (message: FromGatewayThread): unknown => {
    switch (message.type) {
      case 'listening':
        return listening.resolve(message);
      case 'refused':
        return listening.reject(new Refused(message.sentence));
      case 'measure':
        return measure(watch, say);
      case 'closed':
        return closed.resolve();
    }
  };
  let isClosing = false;
  const failed = (failure: unknown) => {
    closed.resolve();
    listening.reject(failure);
    if (!isClosing) onFailure(failure);
  };
  // Who waits for it hears why; nobody need wait.
  listening.promise.catch(() => undefined);
  worker.on('message', hear).on('error', failed);
  worker.on('exit', (code) => failed(new Error(`the gateway's thread ended with ${code}`)));
  const subgraphs = serveSubgraphs(embedded);
  say(
    { type: 'open', settings, keys, subgraphs },
    subgraphs.map(({ port }) => port),
  );
  return {
    listen() {
      // The process lives by its server from now on.
      worker.ref();
      say({ type: 'listen' });
      return listening.promise;
    },
    async close() {
      isClosing = true;
      say({ type: 'close' });
      await closed.promise;
      await worker.terminate();
    },
  };
}

/** At once, so that it reads its code while the store is opened. */
export function startGatewayThread(): OpenGateway {
  const worker = new Worker(new URL('./gateway-thread.ts', import.meta.url));
  worker.unref();
  return async (parts) => open(worker, parts);
}
