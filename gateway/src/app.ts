/** The gateway, wired: subgraphs and keys in, one endpoint out. */
import type { Subgraph } from '@holdfast/schema/subgraph';
import { addressOfSocket } from './callers/address.ts';
import { createAuthenticate } from './callers/authenticate.ts';
import type { KeyRing } from './callers/key-ring.ts';
import { createRates, type Rate } from './callers/rates.ts';
import { mayAsk } from './callers/rights.ts';
import { createMaskErrors } from './errors/mask-errors.ts';
import { createContext } from './execution/context.ts';
import { createFederation } from './execution/create-federation.ts';
import type { DataSource } from './execution/federation.ts';
import { createRunner } from './execution/run-operation.ts';
import { startApolloServer } from './http/apollo-server.ts';
import { createEndpoint } from './http/graphql-endpoint.ts';
import { closeServer, createHttpServer, listen } from './http/http-server.ts';
import { createPages } from './http/pages.ts';
import { openStaticFiles } from './http/static-files.ts';
import { defaultLimits, type Limits } from './limits/limits.ts';
import { attachLive } from './live/attach.ts';
import type { ContextParts } from './live-door.ts';
import type { Logger } from './logger.ts';
import { createObserve } from './metrics/operation-metrics.ts';
import { createRegistry, registerReadings } from './metrics/registry.ts';
import { inProcessSource } from './sources/in-process.ts';
import { type RemoteSubgraph, remoteSource } from './sources/remote.ts';

export { type KeyRing, keyHash, keyRing } from './callers/key-ring.ts';
export type { Rate } from './callers/rates.ts';
export { PortInUse } from './http/http-server.ts';
export { defaultLimits, type Limits } from './limits/limits.ts';
export type { Logger } from './logger.ts';
export type { RemoteSubgraph } from './sources/remote.ts';

export type GatewayOptions = {
  readonly subgraphs: readonly (Subgraph | RemoteSubgraph)[];
  readonly supergraphSdl: string;
  readonly keys: KeyRing;
  readonly rates: { readonly storefront: Rate; readonly otherKeys: Rate };
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** The console's `dist`; undefined: a bare first page, no playground. */
  readonly consoleFolder: string | undefined;
  readonly logger: Logger;
  /** Of Holdfast, told by /readyz. */
  readonly version: string;
};

export type Gateway = {
  /**
   * @param port 0 for any free one
   * @throws PortInUse; another port may be tried then
   */
  listen(host: string, port: number): Promise<{ readonly url: string; readonly port: number }>;
  /** Why /readyz does not answer 200; empty when it does. */
  notReady(): readonly string[];
  /** Plans anew; live operations go on where they still can. */
  reload(supergraphSdl: string): void;
  /** Takes nothing new, ends what is in flight within a bound, closes sockets with a retryable code. */
  close(): Promise<void>;
};

const isRemote = (subgraph: Subgraph | RemoteSubgraph): subgraph is RemoteSubgraph =>
  'url' in subgraph;

const sourcesOf = (subgraphs: GatewayOptions['subgraphs'], { subgraphTimeoutMs }: Limits) => {
  const sources: Record<string, DataSource> = {};
  const closes: (() => Promise<void>)[] = [];
  for (const subgraph of subgraphs) {
    if (isRemote(subgraph)) {
      const { close, ...source } = remoteSource(subgraph, subgraphTimeoutMs);
      sources[subgraph.name] = source;
      closes.push(close);
    } else {
      sources[subgraph.name] = inProcessSource(subgraph, subgraphTimeoutMs);
    }
  }
  return { sources, closeSources: () => Promise.all(closes.map((close) => close())) };
};

const createLiveContext = ({ signal, ...parts }: ContextParts) =>
  createContext({ ...parts, ...(signal && { signal: () => signal }) });

/** @throws when the supergraph cannot be read */
export const createGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { subgraphs, supergraphSdl, keys, logger, version } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const maskErrors = createMaskErrors(logger);
  const authenticate = createAuthenticate(keys);
  const registry = createRegistry();
  const observe = createObserve(registry);
  const { sources: dataSources, closeSources } = sourcesOf(subgraphs, limits);
  const loaded = await createFederation({
    supergraphSdl,
    dataSources,
    mayAsk,
    anonymous: keys.anonymous,
    limits,
    maskErrors,
  });
  const { federation, reload, preparedCount } = loaded;
  const takeTokens = createRates({ ...options.rates, now: () => performance.now() });
  const runner = createRunner({ federation, takeTokens, maskErrors, observe, limits });
  const apollo = await startApolloServer(loaded, runner.runPrepared);
  const graphql = createEndpoint({
    federation,
    authenticate,
    maskErrors,
    runHttp: apollo.run,
    observe,
    limits,
  });

  let isClosing = false;
  const notReady = (): readonly string[] => [
    ...(isClosing ? ['The gateway is stopping.'] : []),
    ...subgraphs.flatMap((subgraph) =>
      isRemote(subgraph) ? [] : (subgraph.notReady()?.split('\n') ?? []),
    ),
  ];
  const files = openStaticFiles(options.consoleFolder);
  const page = createPages({ files, registry, version, notReady });
  const server = createHttpServer(logger, () => ({ graphql, stream: live.handleStream, page }));
  const live = attachLive({
    federation,
    server,
    authenticate,
    addressOf: (request) => addressOfSocket(request.socket.remoteAddress),
    createContext: createLiveContext,
    runOperation: runner.runOperation,
    maskErrors,
    logger,
  });
  registerReadings(registry, { inFlight: runner.inFlight, preparedCount, live: live.metrics });

  return {
    listen: async (host, port) => {
      const taken = await listen(server, host, port);
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, port: taken };
    },
    notReady,
    reload,
    close: async () => {
      isClosing = true;
      await Promise.all([live.close(), closeServer(server, limits.drainTimeoutMs)]);
      await apollo.stop();
      await closeSources();
    },
  };
};
