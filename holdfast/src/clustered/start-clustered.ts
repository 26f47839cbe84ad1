/** One process of a clustered system: the parts of its role, started in order, ended in reverse. */
import { hostname } from 'node:os';
import { type Clock, pause, systemClock } from '@holdfast/chassis/clock';
import { serveSubgraph } from '@holdfast/chassis/subgraph/serve-subgraph.http';
import type { Tracing } from '@holdfast/schema/tracing';
import { type Listening, listenSomewhere } from '../listen-somewhere.ts';
import { errorLogger } from '../logger.ts';
import type { ClusteredSettings } from '../settings.ts';
import { createWatch, type Watch } from '../watching/watch.ts';
import { clusteredBanner } from './clustered-banner.ts';
import { serveGateway } from './gateway-role.ts';
import { openApiKeys } from './open-api-keys.ts';
import { openBroker } from './open-broker.ts';
import { openContext, type RunningContext } from './open-contexts.ts';
import { type Context, openStore } from './open-store.ts';

export type Clustered = {
  readonly banner: string;
  /** Resolves when the role is ready, however long its neighbors take. */
  untilReady(): Promise<void>;
  close(): Promise<void>;
};

type Options = {
  readonly onFailure: (failure: unknown) => void;
  readonly tracing?: Tracing | undefined;
};

type Watching = Options & { readonly watch: Watch };

/** What has been opened so far, closed in reverse. */
const opened = () => {
  const closes: (() => Promise<void>)[] = [];
  return {
    add: (close: () => Promise<void>) => void closes.push(close),
    async close() {
      for (const close of closes.splice(0).reverse()) await close();
    },
  };
};

type Opened = ReturnType<typeof opened>;

async function startContexts(
  names: readonly Context[],
  { cluster, storefrontCap }: ClusteredSettings,
  clock: Clock,
  { onFailure, watch }: Watching,
  parts: Opened,
): Promise<readonly RunningContext[]> {
  const { mongodbUrl, natsUrl, secret, role } = cluster;
  const held = await openStore(mongodbUrl, names);
  parts.add(held.store.close);
  const name = `holdfast ${role.name} on ${hostname()}`;
  const broker = await openBroker({ natsUrl, name, clock, secret, contexts: names });
  parts.add(broker.close);
  const contexts = names.map((each) =>
    openContext(each, { ...held, broker, clock, storefrontCap, onFailure, watch }),
  );
  for (const context of contexts) {
    parts.add(context.stop);
    await context.start();
  }
  return contexts;
}

type Served = Listening & { notReady(): readonly string[] };

async function serveOne(
  { subgraph }: RunningContext,
  { cluster, host, port }: ClusteredSettings,
  clock: Clock,
  { registry }: Watch,
  parts: Opened,
): Promise<Served> {
  const { secret } = cluster;
  const served = await listenSomewhere(port, (at) =>
    serveSubgraph({
      ...{ subgraph, secret, host, port: at, clock, log: errorLogger },
      metrics: async () => ({
        contentType: registry.contentType,
        text: await registry.metrics(),
      }),
    }),
  );
  parts.add(served.close);
  return {
    ...served,
    notReady: () => [subgraph.notReady()].filter((reason) => reason !== undefined),
  };
}

async function startRole(
  settings: ClusteredSettings,
  clock: Clock,
  options: Watching,
  parts: Opened,
): Promise<Served> {
  const { role, secret, mongodbUrl } = settings.cluster;
  const gatewayOver = async (subgraphs: Parameters<typeof serveGateway>[1]) => {
    const keys = await openApiKeys({ MONGODB_URL: mongodbUrl });
    parts.add(keys.close);
    const gateway = await serveGateway(settings, subgraphs, keys, options.watch);
    parts.add(gateway.close);
    return gateway;
  };
  switch (role.name) {
    case 'gateway':
      return gatewayOver([
        { name: 'inventory', urls: role.inventoryUrls, secret },
        { name: 'orders', urls: role.ordersUrls, secret },
      ]);
    case 'all': {
      const both = await startContexts(['inventory', 'orders'], settings, clock, options, parts);
      return gatewayOver(both.map(({ subgraph }) => subgraph));
    }
    case 'inventory':
    case 'orders': {
      const [context] = await startContexts([role.name], settings, clock, options, parts);
      if (context === undefined) throw new Error('a role has no context');
      return serveOne(context, settings, clock, options.watch, parts);
    }
  }
}

const lookMs = 50;
const tellAfterMs = 5_000;

/** Says once what it waits for, when that takes long. */
async function untilReady(served: Served, clock: Clock): Promise<void> {
  const startedAt = clock.now();
  let told = false;
  for (let reasons = served.notReady(); reasons.length > 0; reasons = served.notReady()) {
    if (!told && clock.now() - startedAt > tellAfterMs) {
      told = true;
      errorLogger.info('waiting to be ready', { reasons });
    }
    await pause(clock, lookMs);
  }
}

/** @throws Refused, StoreFailure, NatsRefused: a sentence that names the fix */
export async function startClustered(
  settings: ClusteredSettings,
  options: Options,
): Promise<Clustered> {
  const parts = opened();
  const clock = systemClock();
  const watch = createWatch(options.tracing);
  parts.add(watch.tracing.close);
  try {
    const served = await startRole(settings, clock, { ...options, watch }, parts);
    return {
      banner: clusteredBanner(settings, served),
      untilReady: () => untilReady(served, clock),
      close: parts.close,
    };
  } catch (failure) {
    await parts.close();
    throw failure;
  }
}
