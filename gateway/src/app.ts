/** The gateway, wired: subgraphs and keys in, one endpoint out. */
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import { addressOfSocket } from './callers/address.ts';
import { createAuthenticate } from './callers/authenticate.ts';
import type { KeyRing } from './callers/key-ring.ts';
import { createRates, type Rate } from './callers/rates.ts';
import { mayAsk } from './callers/rights.ts';
import { createMaskErrors } from './errors/mask-errors.ts';
import { createContext } from './execution/context.ts';
import { createFederation } from './execution/create-federation.ts';
import { createRunner } from './execution/run-operation.ts';
import { startApolloServer } from './http/apollo-server.ts';
import { createEndpoint } from './http/graphql-endpoint.ts';
import { closeServer, createHttpServer, listen } from './http/http-server.ts';
import { createPages } from './http/pages.ts';
import { openStaticFiles } from './http/static-files.ts';
import { defaultLimits, type Limits } from './limits/limits.ts';
import { attachLive } from './live/attach.ts';
import type { Logger } from './logger.ts';
import { watchLoopLag } from './metrics/loop-lag.ts';
import { createObserve } from './metrics/operation-metrics.ts';
import { createRegistry, type MetricsRegistry, registerReadings } from './metrics/registry.ts';
import { openSources, type SubgraphDoor } from './sources/open-sources.ts';
import { tracedSources } from './sources/traced-sources.ts';

export type { Rate } from './callers/rates.ts';
export { type RereadKeyRing, rereadKeyRing } from './callers/reread-key-ring.ts';
export { PortInUse } from './http/http-server.ts';
export { defaultLimits, type Limits } from './limits/limits.ts';
export type { Logger } from './logger.ts';
export type { RemoteSubgraph } from './sources/remote.ts';
export type { ThreadSubgraph } from './sources/thread-source.ts';

export type GatewayOptions = {
  readonly subgraphs: readonly SubgraphDoor[];
  readonly supergraphSdl: string;
  readonly keys: KeyRing;
  readonly rates: { readonly storefront: Rate; readonly otherKeys: Rate };
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** The console's `dist`; undefined: a bare first page, no playground. */
  readonly consoleFolder: string | undefined;
  readonly logger: Logger;
  /** What /metrics tells beside the gateway's own; one of its own when left out. */
  readonly registry?: MetricsRegistry | undefined;
  /** What /metrics tells too, in OpenMetrics text without its end: what another thread measures. */
  readonly measuredElsewhere?: (() => Promise<string>) | undefined;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
  /** Of Holdfast, told by /readyz. */
  readonly version: string;
  /**
   * Called between the parts of a long turn of the event loop, to hear what other threads have
   * said.
   */
  readonly betweenParts?: (() => void) | undefined;
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
  /**
   * Takes nothing new, ends what is in flight within a bound, closes sockets with a retryable code.
   */
  close(): Promise<void>;
};

/** The parts that every transport shares. */
const createCore = async (options: GatewayOptions, limits: Limits) => {
  const { subgraphs, supergraphSdl, keys, logger, tracing = noTracing } = options;
  const maskErrors = createMaskErrors(logger);
  const { registry = createRegistry(), betweenParts } = options;
  const observe = createObserve(registry);
  const { dataSources: untraced, ...sources } = openSources(subgraphs, limits);
  const dataSources = tracedSources(untraced, tracing);
  const { anonymous } = keys;
  const rules = { mayAsk, anonymous, limits, maskErrors };
  const loaded = await createFederation({ supergraphSdl, dataSources, ...rules });
  const { federation } = loaded;
  const takeTokens = createRates({ ...options.rates, now: () => performance.now() });
  const shared = { federation, maskErrors, observe, limits, tracing };
  const hearOthers = () => {
    betweenParts?.();
    sources.hearSources();
  };
  const runner = createRunner({ ...shared, takeTokens, betweenParts: hearOthers });
  const authenticate = createAuthenticate(keys);
  return { loaded, federation, runner, authenticate, maskErrors, observe, registry, sources };
};

type Core = Awaited<ReturnType<typeof createCore>>;

const serve = async (
  { loaded, federation, runner, authenticate, maskErrors, observe, registry }: Core,
  { consoleFolder, logger, version, keys, measuredElsewhere, tracing = noTracing }: GatewayOptions,
  limits: Limits,
  notReady: Gateway['notReady'],
) => {
  const apollo = await startApolloServer(loaded, runner.runPrepared);
  const shared = { federation, authenticate, maskErrors };
  const graphql = createEndpoint({ ...shared, runHttp: apollo.run, observe, limits, tracing });
  const files = openStaticFiles(consoleFolder);
  const page = createPages({ files, registry, measuredElsewhere, version, notReady });
  const server = createHttpServer(logger, () => ({ graphql, stream: live.handleStream, page }));
  const live = attachLive({
    ...shared,
    server,
    onRevoked: keys.onRevoked,
    addressOf: (request) => addressOfSocket(request.socket.remoteAddress),
    createContext,
    runOperation: runner.runOperation,
    logger,
  });
  const { preparedCount } = loaded;
  const loopLag = watchLoopLag();
  registerReadings(registry, {
    ...{ inFlight: runner.inFlight, preparedCount, live: live.metrics },
    loopLagP99Seconds: loopLag.p99Seconds,
  });
  return { apollo, server, live, loopLag };
};

/** @throws when the supergraph cannot be read */
export const createGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  let isClosing = false;
  const core = await createCore(options, limits);
  const notReady = (): readonly string[] => [
    ...(isClosing ? ['The gateway is stopping.'] : []),
    ...core.sources.sourcesNotReady(),
  ];
  const { apollo, server, live, loopLag } = await serve(core, options, limits, notReady);
  return {
    listen: async (host, port) => {
      const taken = await listen(server, host, port);
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, port: taken };
    },
    notReady,
    reload: core.loaded.reload,
    close: async () => {
      isClosing = true;
      await Promise.all([live.close(), closeServer(server, limits.drainTimeoutMs)]);
      loopLag.stop();
      await apollo.stop();
      await core.sources.closeSources();
    },
  };
};
