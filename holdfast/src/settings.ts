/** The environment, read once into one value; what is wrong in it is refused with a sentence. */
import { z } from 'zod';
import { Refused } from './refused.ts';

export type Rate = { readonly burst: number; readonly perSecond: number };

export type Settings = {
  readonly host: string;
  /** undefined: 4000, or the next free one. */
  readonly port: number | undefined;
  /** `memory` keeps nothing. */
  readonly data: string;
  /** Infinity shows a storefront exact quantities. */
  readonly storefrontCap: number;
  readonly storefrontRate: Rate;
  readonly keyRate: Rate;
};

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

/** The clustered topology comes with processes of their own (DESIGN 9). */
function refuseServers(given: NodeJS.ProcessEnv): void {
  const servers = ['NATS_URL', 'MONGODB_URL'].filter((name) => given[name]);
  if (servers.length === 1) {
    throw new Refused(
      `${servers[0]} is set alone; set both NATS_URL and MONGODB_URL, or neither for the embedded system.`,
    );
  }
  if (servers.length === 2) {
    throw new Refused(
      'NATS_URL and MONGODB_URL are set, but this version has the embedded system only; unset both.',
    );
  }
}

/** @throws Refused */
export function readSettings(given: NodeJS.ProcessEnv): Settings {
  refuseServers(given);
  // An empty variable is one that is not set: compose files and shells cannot unset.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const result = environment.safeParse(set);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = String(issue?.path[0]);
    throw new Refused(`${name} is ${JSON.stringify(given[name])}, but ${issue?.message}.`);
  }
  const { HOST, PORT, HOLDFAST_DATA } = result.data;
  return {
    host: HOST,
    port: PORT,
    data: HOLDFAST_DATA,
    storefrontCap: result.data.HOLDFAST_STOREFRONT_CAP ?? Number.POSITIVE_INFINITY,
    storefrontRate: result.data.HOLDFAST_STOREFRONT_RATE,
    keyRate: result.data.HOLDFAST_KEY_RATE,
  };
}

/** On this machine only: a call without a key may be a storefront there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
