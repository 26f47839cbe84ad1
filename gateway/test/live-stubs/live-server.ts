/** The live part behind a real HTTP server, on a port of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthenticate } from '../../src/callers/authenticate.ts';
import { keyHash, keyRing } from '../../src/callers/key-ring.ts';
import { createMaskErrors } from '../../src/errors/mask-errors.ts';
import { createContext } from '../../src/execution/context.ts';
import { attachLiveWith } from '../../src/live/attach.ts';
import { type LiveSettings, liveSettings } from '../../src/live/live-settings.ts';
import type { ContextParts } from '../../src/live-door.ts';
import { operator, storefront } from './live-world.ts';
import { realFederation } from './real-federation.ts';
import { stubOrders } from './stub-orders.ts';
import { stubStock } from './stub-stock.ts';
import { stubSubgraphs } from './stub-subgraphs.ts';

const logger = { info: () => {}, error: () => {} };

export const shopKey = 'shop-key';
export const operatorKey = 'operator-key';

const revocations = () => {
  const listeners = new Set<(callerIds: ReadonlySet<string>) => void>();
  return {
    onRevoked: (listener: (callerIds: ReadonlySet<string>) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revoke: (callerId: string) => {
      for (const tell of listeners) tell(new Set([callerId]));
    },
  };
};

export const liveServer = async (settings: Partial<LiveSettings> = {}, anonymous = true) => {
  const stock = stubStock();
  const orders = stubOrders('order-1');
  const { subgraphs } = stubSubgraphs(stock, orders);
  const { federation } = await realFederation(subgraphs);
  const keys = new Map([
    [keyHash(shopKey), storefront],
    [keyHash(operatorKey), operator],
  ]);
  let traces = 0;
  const { onRevoked, revoke } = revocations();
  const namedContext = (parts: ContextParts) => {
    traces += 1;
    return createContext({ ...parts, traceId: parts.traceId ?? `trace-${traces}` });
  };
  const maskErrors = createMaskErrors(logger);
  const server = createServer((request, response) => live.handleStream(request, response));
  const live = attachLiveWith(
    {
      federation,
      server,
      authenticate: createAuthenticate(keyRing(keys, anonymous ? storefront : undefined)),
      onRevoked,
      addressOf: (request) => request.socket.remoteAddress ?? '',
      createContext: namedContext,
      runOperation: async ({ query, operationName, variables }, context) => {
        const prepared = federation.prepare(query, operationName);
        if ('errors' in prepared) return prepared;
        const admitted = federation.admit(prepared, variables, context.caller);
        return 'errors' in admitted
          ? admitted
          : federation.execute(prepared, admitted.variables, context);
      },
      maskErrors,
      logger,
    },
    { ...liveSettings, ...settings },
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ stock, orders, live, revoke, port },
    socketUrl: `ws://127.0.0.1:${port}/graphql`,
    streamUrl: `http://127.0.0.1:${port}/graphql/stream`,
    stop: async () => {
      await live.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
