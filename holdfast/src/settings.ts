/** The environment, read once into one value; what is wrong in it is refused with a sentence. */
import { z } from 'zod';
import {
  type Cluster,
  clusterEnvironment,
  clusterOf,
  storeEnvironment,
} from './clustered-settings.ts';
import { Refused } from './refused.ts';

export type Rate = { readonly burst: number; readonly perSecond: number };

type CommonSettings = {
  readonly host: string;
  /** undefined: 4000, or the next free one. */
  readonly port: number | undefined;
  /** Infinity shows a storefront exact quantities. */
  readonly storefrontCap: number;
  readonly storefrontRate: Rate;
  readonly keyRate: Rate;
};

export type EmbeddedSettings = CommonSettings & {
  readonly topology: 'embedded';
  /** `memory` keeps nothing. */
  readonly data: string;
};

export type ClusteredSettings = CommonSettings & {
  readonly topology: 'clustered';
  readonly cluster: Cluster;
};

export type Settings = EmbeddedSettings | ClusteredSettings;

export const defaultPort = 4_000;
export const inMemory = 'memory';

const rate = z
  .string()
  .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,8}$/, 'it is BURST/REFILL A SECOND, e.g. 200/50')
  .transform((text): Rate => {
    const [burst = 0, perSecond = 0] = text.split('/').map(Number);
    return { burst, perSecond };
  });

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `it is a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, {
      message: `it is a whole number from ${least} to ${most}`,
    });

const environment = z.object({
  HOST: z.string().min(1, 'it is an address, e.g. 127.0.0.1').default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).optional(),
  HOLDFAST_DATA: z.string().min(1, 'it is a folder, or `memory`').default('./data'),
  HOLDFAST_STOREFRONT_CAP: wholeNumber(1, 2 ** 31 - 1).optional(),
  HOLDFAST_STOREFRONT_RATE: rate.default({ burst: 200, perSecond: 50 }),
  HOLDFAST_KEY_RATE: rate.default({ burst: 50_000, perSecond: 50_000 }),
});

/** What would tell a secret, or a password in an address, is not repeated. */
const confidential: ReadonlySet<string> = new Set(['NATS_URL', 'MONGODB_URL', 'HOLDFAST_SECRET']);

function parsed<Shape extends z.ZodType>(shape: Shape, set: NodeJS.ProcessEnv): z.output<Shape> {
  const result = shape.safeParse(set);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const value = set[name];
  const shown = confidential.has(name) ? 'not as it must be' : JSON.stringify(value);
  const said = value === undefined ? 'not set' : shown;
  throw new Refused(`${name} is ${said}, but ${issue?.message}.`);
}

/** @throws Refused for half of a clustered system */
function isClustered(set: NodeJS.ProcessEnv): boolean {
  const servers = ['NATS_URL', 'MONGODB_URL'].filter((name) => set[name]);
  if (servers.length === 2) return true;
  if (servers.length === 1) {
    const fix = 'set both NATS_URL and MONGODB_URL, or neither for the embedded system';
    throw new Refused(`${servers[0]} is set alone; ${fix}.`);
  }
  if (set.HOLDFAST_ROLE) {
    const fix = 'set NATS_URL and MONGODB_URL too, or unset it';
    throw new Refused(`HOLDFAST_ROLE is set, but only a clustered system has roles; ${fix}.`);
  }
  return false;
}

function clusterFrom(set: NodeJS.ProcessEnv): Cluster {
  return clusterOf(parsed(clusterEnvironment, set), (name) => {
    const fix = 'set it to where its processes are, e.g. http://10.0.0.7:4001,http://10.0.0.8:4001';
    throw new Refused(`${name} is not set, but HOLDFAST_ROLE is gateway; ${fix}.`);
  });
}

/** @throws Refused */
export function readSettings(given: NodeJS.ProcessEnv): Settings {
  // An empty variable is one that is not set: compose files and shells cannot unset.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const clustered = isClustered(set);
  const { HOST, PORT, HOLDFAST_DATA, ...rest } = parsed(environment, set);
  const common = {
    host: HOST,
    port: PORT,
    storefrontCap: rest.HOLDFAST_STOREFRONT_CAP ?? Number.POSITIVE_INFINITY,
    storefrontRate: rest.HOLDFAST_STOREFRONT_RATE,
    keyRate: rest.HOLDFAST_KEY_RATE,
  };
  return clustered
    ? { ...common, topology: 'clustered', cluster: clusterFrom(set) }
    : { ...common, topology: 'embedded', data: HOLDFAST_DATA };
}

/**
 * For what works on a folder.
 *
 * @throws Refused, also where the environment names the servers of a clustered system
 */
export function readEmbeddedSettings(given: NodeJS.ProcessEnv, command: string): EmbeddedSettings {
  const settings = readSettings(given);
  if (settings.topology === 'embedded') return settings;
  const fix = 'unset NATS_URL and MONGODB_URL for it';
  throw new Refused(`holdfast ${command} works on the folder of an embedded system; ${fix}.`);
}

/**
 * Where a clustered system keeps its keys.
 *
 * @throws Refused
 */
export function readStoreUrl(given: NodeJS.ProcessEnv): string {
  if (given.MONGODB_URL) return parsed(storeEnvironment, given).MONGODB_URL;
  const fix = 'set it; an embedded system has its keys in keys.json in its folder';
  throw new Refused(`MONGODB_URL is not set, and keys are kept in a clustered store: ${fix}.`);
}

/** On this machine only: a call without a key may be a storefront there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
