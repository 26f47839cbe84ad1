/** A clustered system on this machine: processes of its parts, on servers that somebody started. */
import { randomBytes } from 'node:crypto';
import { type Ended, type Process, startProcess } from './process.ts';

export type Servers = { readonly natsUrl: string; readonly mongodbUrl: string };
export type PartName = 'inventory' | 'orders' | 'gateway' | 'all';
export type Part = { readonly name: PartName; readonly url: string; readonly process: Process };

const roles = ['storefront', 'agent', 'partner', 'operator'] as const;
export type ClusterKeys = Readonly<Record<(typeof roles)[number], string>>;

const scopes = 'stock:read,stock:write,orders:read,orders:write';

/** All that a process of it must know, but its role and its neighbors. */
export const clusterEnvironment = ({ natsUrl, mongodbUrl }: Servers) => ({
  ...{ NATS_URL: natsUrl, MONGODB_URL: mongodbUrl },
  HOLDFAST_SECRET: randomBytes(32).toString('hex'),
});
export type ClusterEnvironment = Readonly<Record<string, string>>;

const succeeded = ({ code, stdout, stderr }: Ended): string => {
  if (code === 0) return stdout;
  throw new Error(stderr);
};

export const runCommand = async (environment: ClusterEnvironment, ...args: string[]) =>
  succeeded(await startProcess(undefined, environment, args).ended);

/** One for each role, as an operator makes them. */
export async function makeKeys(environment: ClusterEnvironment): Promise<ClusterKeys> {
  const keys = await Promise.all(
    roles.map(async (role) => {
      const more = role === 'partner' ? ['--scopes', scopes] : [];
      return (await runCommand(environment, 'keys', 'create', '--role', role, ...more)).trim();
    }),
  );
  const [storefront = '', agent = '', partner = '', operator = ''] = keys;
  return { storefront, agent, partner, operator };
}

export const startPart = (
  environment: ClusterEnvironment,
  name: PartName,
  more: Readonly<Record<string, string>> = {},
): Process => startProcess(undefined, { ...environment, HOLDFAST_ROLE: name, ...more }, ['start']);

const readyPart = async (name: PartName, process: Process): Promise<Part> => ({
  ...{ name, process },
  url: await process.ready(),
});

export type Cluster = {
  readonly inventory: readonly Part[];
  readonly orders: readonly Part[];
  readonly gateways: readonly Part[];
  /** In the order in which nobody misses anybody. @returns how each ended */
  stop(): Promise<readonly Ended[]>;
};

const urls = (parts: readonly Part[]) => parts.map(({ url }) => url).join(',');
const neighborsOf = ({ inventory, orders }: Pick<Cluster, 'inventory' | 'orders'>) => ({
  ...{ INVENTORY_URL: urls(inventory), ORDERS_URL: urls(orders) },
});

/** One more, before the same parts. */
export const startGateway = (environment: ClusterEnvironment, cluster: Cluster): Process =>
  startPart(environment, 'gateway', neighborsOf(cluster));

/** @throws with what a part said, when it does not come up; the others are ended */
export async function startCluster(
  environment: ClusterEnvironment,
  count: number,
): Promise<Cluster> {
  const started: Process[] = [];
  const startAll = (name: PartName, more: Readonly<Record<string, string>> = {}) => {
    const processes = Array.from({ length: count }, () => startPart(environment, name, more));
    started.push(...processes);
    return Promise.all(processes.map((process) => readyPart(name, process)));
  };
  try {
    const [inventory, orders] = await Promise.all([startAll('inventory'), startAll('orders')]);
    const gateways = await startAll('gateway', neighborsOf({ inventory, orders }));
    return {
      ...{ inventory, orders, gateways },
      async stop() {
        const ends: Ended[] = [];
        for (const parts of [gateways, orders, inventory]) {
          for (const { process } of parts) process.child.kill('SIGTERM');
          ends.push(...(await Promise.all(parts.map(({ process }) => process.ended))));
        }
        return ends;
      },
    };
  } catch (failure) {
    for (const { child } of started) child.kill('SIGKILL');
    throw failure;
  }
}
