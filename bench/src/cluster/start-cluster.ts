/**
 * A clustered system on real servers of its own, several processes of each part; all of it can be
 * killed, and the ways between it and its servers can be made bad.
 */
import { randomBytes } from 'node:crypto';
import type { FoundServer, FoundServers, ServerProgram } from '@holdfast/test-servers/find-servers';
import type { OwnPlace, OwnServer } from '@holdfast/test-servers/own-server';
import { freePort } from '@holdfast/test-servers/server-process';
import { startMongo } from '@holdfast/test-servers/start-mongo';
import { type NatsOptions, startNats } from '@holdfast/test-servers/start-nats';
import { type TcpProxy, tcpProxy } from '@holdfast/test-servers/tcp-proxy';
import type { Keys } from '../holdfast-process.ts';
import {
  type Environment,
  type Finished,
  type Part,
  type PartName,
  partProcess,
  runHoldfast,
} from './part-process.ts';

export type ClusterOptions = {
  readonly servers: FoundServers;
  /** Of each part. */
  readonly count?: number;
  /** Of some parts, where they differ. */
  readonly counts?: Partial<Record<PartName, number>>;
  readonly nats?: NatsOptions;
  readonly mongo?: OwnPlace;
  /** Between each process and each server, and between each gateway and each subgraph. */
  readonly proxied?: boolean;
};

export type Ways = {
  readonly nats: readonly TcpProxy[];
  readonly mongo: readonly TcpProxy[];
  readonly subgraphs: readonly TcpProxy[];
};

export type Cluster = {
  readonly nats: OwnServer;
  readonly mongo: OwnServer;
  readonly gateways: readonly Part[];
  readonly inventory: readonly Part[];
  readonly orders: readonly Part[];
  readonly ways: Ways;
  readonly keys: Keys;
  /** `holdfast verify`, and any other command of it, on its store. */
  run(...args: string[]): Promise<Finished>;
  /** What its processes have told of errors last, a line each. */
  said(): readonly string[];
  end(): Promise<void>;
};

/** High enough that no run here meets it. */
const unlimited = '100000000/100000000';
const roles = ['storefront', 'agent', 'partner', 'operator'] as const;
const scopes = 'stock:read,stock:write,orders:read,orders:write';

/** Ours to kill: a server that the environment names is somebody else's. @throws with the fix */
export function programOf(found: FoundServer, variable: string): ServerProgram {
  if (found.status === 'program') return found.program;
  if (found.status === 'missing') throw new Error(found.why);
  throw new Error(`A server of ${variable} is not killed here: unset ${variable}.`);
}

async function makeKeys(environment: Environment): Promise<Keys> {
  const keys: Record<string, string> = {};
  for (const role of roles) {
    const more = role === 'partner' ? ['--scopes', scopes] : [];
    const made = await runHoldfast(environment, 'keys', 'create', '--role', role, ...more);
    if (made.code !== 0) throw new Error(made.said);
    keys[role] = made.printed;
  }
  return keys as Keys;
}

type Opened = {
  readonly closes: (() => Promise<unknown>)[];
  readonly ways: Record<keyof Ways, TcpProxy[]>;
};

/** The address to be told: that of the server, or of a way of the asker's own to it. */
async function wayTo(
  url: string,
  kind: keyof Ways,
  { closes, ways }: Opened,
  proxied: boolean | undefined,
): Promise<string> {
  if (!proxied) return url;
  const { port } = new URL(url);
  const proxy = await tcpProxy({ port: Number(port) });
  closes.push(proxy.close);
  ways[kind].push(proxy);
  return url.replace(`:${port}`, `:${proxy.port}`);
}

type Common = {
  readonly nats: OwnServer;
  readonly mongo: OwnServer;
  readonly environment: Environment;
};

async function startParts(
  name: PartName,
  { counts, count = counts?.[name] ?? 2, proxied }: ClusterOptions,
  { nats, mongo, environment }: Common,
  opened: Opened,
  neighbors: Readonly<Record<string, readonly Part[]>> = {},
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (let made = 0; made < count; made += 1) {
    const urls: Record<string, string> = {};
    for (const [variable, others] of Object.entries(neighbors)) {
      const ways = others.map(({ url }) => wayTo(url, 'subgraphs', opened, proxied));
      urls[variable] = (await Promise.all(ways)).join(',');
    }
    const part = partProcess(name, await freePort(), {
      ...{ ...environment, ...urls },
      NATS_URL: await wayTo(nats.url, 'nats', opened, proxied),
      MONGODB_URL: await wayTo(mongo.url, 'mongo', opened, proxied),
    });
    opened.closes.push(part.stop);
    parts.push(part);
  }
  await Promise.all(parts.map((part) => part.start()));
  return parts;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { servers } = options;
  const opened: Opened = { closes: [], ways: { nats: [], mongo: [], subgraphs: [] } };
  const end = async () => {
    for (const close of opened.closes.splice(0).reverse()) await close();
  };
  try {
    const nats = await startNats(programOf(servers.nats, 'NATS_URL'), options.nats);
    opened.closes.push(nats.end);
    const mongo = await startMongo(programOf(servers.mongodb, 'MONGODB_URL'), options.mongo);
    opened.closes.push(mongo.end);
    const environment = {
      HOLDFAST_SECRET: randomBytes(32).toString('hex'),
      ...{ HOLDFAST_STOREFRONT_RATE: unlimited, HOLDFAST_KEY_RATE: unlimited },
    };
    const direct = { ...environment, NATS_URL: nats.url, MONGODB_URL: mongo.url };
    const common = { nats, mongo, environment };
    const [inventory, orders] = await Promise.all([
      startParts('inventory', options, common, opened),
      startParts('orders', options, common, opened),
    ]);
    const keys = await makeKeys(direct);
    const neighbors = { INVENTORY_URL: inventory, ORDERS_URL: orders };
    const gateways = await startParts('gateway', options, common, opened, neighbors);
    const { ways } = opened;
    const run = (...args: string[]) => runHoldfast(direct, ...args);
    const said = () =>
      [...gateways, ...inventory, ...orders].flatMap((part) =>
        part.said().map((line) => `${part.name}: ${line}`),
      );
    return { ...{ nats, mongo, gateways, inventory, orders, ways, keys }, run, said, end };
  } catch (failure) {
    await end();
    throw failure;
  }
}
