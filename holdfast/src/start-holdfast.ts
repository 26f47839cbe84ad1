/**
 * Holdfast as a library: the embedded system with its gateway, as the tests of a storefront need
 * it.
 */
import { createGateway } from '@holdfast/gateway/app';
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { Tracing } from '@holdfast/schema/tracing';
import { version } from './build.ts';
import { consoleFolder } from './console-folder.ts';
import { importDemo } from './demo.ts';
import { type Embedded, openEmbedded } from './embedded.ts';
import { type Keys, newKeys, readOrMakeKeys, ringOf } from './keys.ts';
import { listenSomewhere } from './listen-somewhere.ts';
import { errorLogger } from './logger.ts';
import { writeRunFile } from './run-file.ts';
import { type EmbeddedSettings, inMemory, isLoopback, readEmbeddedSettings } from './settings.ts';
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

async function open(
  settings: EmbeddedSettings,
  options: EmbeddedOptions,
  embedded: Embedded,
  { registry, tracing }: Watch,
): Promise<Running> {
  const { inventory, orders, folder, isNew, store } = embedded;
  const keys = settings.data === inMemory ? newKeys() : readOrMakeKeys(folder);
  const gateway = await createGateway({
    subgraphs: [inventory.subgraph, orders.subgraph],
    supergraphSdl: supergraphSdl(),
    keys: ringOf(keys, isLoopback(settings.host)),
    rates: { storefront: settings.storefrontRate, otherKeys: settings.keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
    ...{ registry, tracing, version, betweenParts: store.hear },
  });
  const demoRows = isNew && !options.empty ? await importDemo(embedded) : undefined;
  const { url, port, portMoved } = await listenSomewhere(settings.port, (at) =>
    gateway.listen(settings.host, at),
  );
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
