/** What the environment says of a clustered system: its servers, and this process's part in it. */
import { z } from 'zod';

export const clusteredRoles = ['all', 'gateway', 'inventory', 'orders'] as const;

/** Of INTERFACE's, but not of this version. */
const laterRoles: readonly string[] = ['fulfillment', 'erp-bridge'];

/** Which part of the system this process is. */
export type ClusteredRole =
  | { readonly name: 'all' | 'inventory' | 'orders' }
  | {
      readonly name: 'gateway';
      /** Of the processes of each subgraph, without a path. */
      readonly inventoryUrls: readonly string[];
      readonly ordersUrls: readonly string[];
    };

export type Cluster = {
  readonly natsUrl: string;
  readonly mongodbUrl: string;
  /** Signs the calls between the processes, and keys the hashes of inputs. */
  readonly secret: string;
  readonly role: ClusteredRole;
};

const secretLengthMin = 32;
const urlsMax = 64;

const hasProtocol = (text: string, protocols: readonly string[]): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol);

/** Every server of a cluster may be named. */
const isNatsUrl = (text: string): boolean =>
  text.split(',').every((each) => hasProtocol(each, ['nats:', 'tls:', 'ws:', 'wss:']));

// A seed list is no URL that the platform can parse; the driver looks closer.
const isMongodbUrl = (text: string): boolean => /^mongodb(\+srv)?:\/\/[^/\s]+/.test(text);

/** Without a path, a query or credentials: those would not be sent. */
const isBaseUrl = (text: string): boolean => {
  if (!hasProtocol(text, ['http:', 'https:'])) return false;
  const { origin, href } = new URL(text);
  return href === `${origin}/`;
};

const baseUrls = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((urls) => urls.length <= urlsMax && urls.every(isBaseUrl), {
    message: 'it is base URLs separated by commas, e.g. http://10.0.0.7:4001,http://10.0.0.8:4001',
  })
  .transform((urls) => [...new Set(urls.map((url) => new URL(url).origin))]);

const role = z
  .string()
  .refine((name) => !laterRoles.includes(name), {
    message: 'that part comes with a later version; use gateway, inventory, orders or all',
  })
  .pipe(z.enum(clusteredRoles, { error: 'it is gateway, inventory, orders or all' }));

export const storeEnvironment = z.object({
  MONGODB_URL: z
    .string()
    .refine(isMongodbUrl, { message: 'it is e.g. mongodb://10.0.0.6:27017/?replicaSet=rs0' }),
});

/** The variables of a clustered system alone; which of them must be set depends on the role. */
export const clusterEnvironment = z.object({
  NATS_URL: z.string().refine(isNatsUrl, {
    message: 'it is addresses separated by commas, e.g. nats://10.0.0.5:4222',
  }),
  ...storeEnvironment.shape,
  HOLDFAST_SECRET: z
    .string({ error: `a clustered system needs one, the same in all its processes` })
    .min(
      secretLengthMin,
      `it has at least ${secretLengthMin} characters, e.g. openssl rand -hex 32`,
    ),
  HOLDFAST_ROLE: role.default('all'),
  INVENTORY_URL: baseUrls.optional(),
  ORDERS_URL: baseUrls.optional(),
});

type Given = z.output<typeof clusterEnvironment>;

/** @param missing called with the name of what a gateway needs; it does not return */
export function clusterOf(given: Given, missing: (name: string) => never): Cluster {
  const role = (): ClusteredRole => {
    if (given.HOLDFAST_ROLE !== 'gateway') return { name: given.HOLDFAST_ROLE };
    return {
      name: 'gateway',
      inventoryUrls: given.INVENTORY_URL ?? missing('INVENTORY_URL'),
      ordersUrls: given.ORDERS_URL ?? missing('ORDERS_URL'),
    };
  };
  return {
    natsUrl: given.NATS_URL,
    mongodbUrl: given.MONGODB_URL,
    secret: given.HOLDFAST_SECRET,
    role: role(),
  };
}
