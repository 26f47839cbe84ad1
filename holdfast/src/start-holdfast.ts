/**
 * Holdfast as a library: the embedded system with its gateway, as the tests of a storefront need
 * it.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGateway, type Gateway, PortInUse } from '@holdfast/gateway/app';
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { Tracing } from '@holdfast/schema/tracing';
import { version } from './build.ts';
import { importDemo } from './demo.ts';
import { type Embedded, openEmbedded } from './embedded.ts';
import { type Keys, newKeys, readOrMakeKeys, ringOf } from './keys.ts';
import { errorLogger } from './logger.ts';
import { Refused } from './refused.ts';
import { writeRunFile } from './run-file.ts';
import {
  defaultPort,
  type EmbeddedSettings,
  inMemory,
  isLoopback,
  readEmbeddedSettings,
  type Settings,
} from './settings.ts';
import { createWatch, type Watch } from './watching/watch.ts';

/** The environment's names in camel case; what is left out is as if it were not set. */
export type StartOptions = {
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** A folder, or `memory`. */
  readonly holdfastData?: string;
  readonly holdfastStorefrontCap?: number;
  readonly holdfastStorefrontRate?: string;
  readonly holdfastKeyRate?: string;
  /** Leave an empty store empty; otherwise it gets the demo set. */
  readonly empty?: boolean;
  /** Called once when the system can no longer keep what it acknowledges; it is of no use then. */
  readonly onFailure?: (failure: unknown) => void;
};

/** What the command line decides beside the settings. */
export type EmbeddedOptions = StartOptions & { readonly tracing?: Tracing | undefined };

export type Holdfast = {
  /** Of the system, without a path. */
  readonly url: string;
  readonly keys: Keys;
  close(): Promise<void>;
};

export type Running = Holdfast & {
  readonly embedded: Embedded;
  readonly settings: EmbeddedSettings;
  readonly host: string;
  readonly port: number;
  /** True when 4000 was taken. */
  readonly portMoved: boolean;
  /** Rows of the demo set, when it was imported now. */
  readonly demoRows: number | undefined;
};

const portsTried = 100;

/** @throws Refused */
async function listenSomewhere(gateway: Gateway, { host, port }: Settings) {
  const from = port ?? defaultPort;
  for (let next = from; ; next += 1) {
    try {
      const listening = await gateway.listen(host, next);
      return { ...listening, portMoved: port === undefined && next !== from };
    } catch (failure) {
      if (!(failure instanceof PortInUse)) throw failure;
      if (port !== undefined) {
        throw new Refused(`Port ${port} is in use; set PORT to a free one, or unset it.`, {
          cause: failure,
        });
      }
      if (next - from < portsTried) continue;
      throw new Refused(`No port from ${from} to ${next} is free; set PORT to a free one.`);
    }
  }
}

const consoleFolder = (): string | undefined => {
  const folder = fileURLToPath(new URL('../../console/dist', import.meta.url));
  return existsSync(folder) ? folder : undefined;
};

async function open(
  settings: EmbeddedSettings,
  options: EmbeddedOptions,
  embedded: Embedded,
  { registry, tracing }: Watch,
): Promise<Running> {
  const { inventory, orders, folder, isNew } = embedded;
  const keys = settings.data === inMemory ? newKeys() : readOrMakeKeys(folder);
  const gateway = await createGateway({
    subgraphs: [inventory.subgraph, orders.subgraph],
    supergraphSdl: supergraphSdl(),
    keys: ringOf(keys, isLoopback(settings.host)),
    rates: { storefront: settings.storefrontRate, otherKeys: settings.keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
    ...{ registry, tracing, version },
  });
  const demoRows = isNew && !options.empty ? await importDemo(embedded) : undefined;
  const { url, port, portMoved } = await listenSomewhere(gateway, settings);
  const removeRunFile = writeRunFile(folder, { url, pid: process.pid });
  let closing: Promise<void> | undefined;
  const close = async () => {
    removeRunFile();
    await gateway.close();
    await embedded.close();
    await tracing.close();
  };
  return {
    ...{ url, port, portMoved, keys, embedded, settings, demoRows, host: settings.host },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** As `startHoldfast`, with what the command line shows. */
export async function startEmbedded(
  settings: EmbeddedSettings,
  options: EmbeddedOptions,
): Promise<Running> {
  const { onFailure = () => {}, tracing } = options;
  const watch = createWatch(tracing);
  const embedded = await openEmbedded(settings, onFailure, watch);
  try {
    return await open(settings, options, embedded, watch);
  } catch (failure) {
    await embedded.close();
    throw failure;
  }
}

/** @throws Refused, StoreFailure with a sentence that names the fix */
export async function startHoldfast(options: StartOptions = {}): Promise<Holdfast> {
  const given = (value: string | number | undefined) => (value === undefined ? '' : String(value));
  const environment = {
    HOST: given(options.host),
    PORT: given(options.port ?? 0),
    HOLDFAST_DATA: options.holdfastData ?? inMemory,
    HOLDFAST_STOREFRONT_CAP: given(options.holdfastStorefrontCap),
    HOLDFAST_STOREFRONT_RATE: given(options.holdfastStorefrontRate),
    HOLDFAST_KEY_RATE: given(options.holdfastKeyRate),
  };
  const settings = readEmbeddedSettings(environment, 'start');
  const { url, keys, close } = await startEmbedded(settings, options);
  return { url, keys, close };
}
