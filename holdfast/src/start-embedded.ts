/** The embedded system with a gateway, in this thread or in one of its own. */
import type { Tracing } from '@holdfast/schema/tracing';
import { importDemo } from './demo.ts';
import { type Embedded, openEmbedded } from './embedded.ts';
import { type Keys, newKeys, readOrMakeKeys } from './keys.ts';
import type { Listening } from './listen-somewhere.ts';
import { writeRunFile } from './run-file.ts';
import { type EmbeddedSettings, inMemory } from './settings.ts';
import { createWatch, type Watch } from './watching/watch.ts';

export type GatewayParts = {
  readonly settings: EmbeddedSettings;
  readonly keys: Keys;
  readonly embedded: Embedded;
  readonly watch: Watch;
  readonly onFailure: (failure: unknown) => void;
};

/** Not listening yet. */
export type MadeGateway = {
  /** @throws Refused when there is no port for it */
  listen(): Promise<Listening>;
  close(): Promise<void>;
};

export type OpenGateway = (parts: GatewayParts) => Promise<MadeGateway>;

export type EmbeddedOptions = {
  /** Leave an empty store empty; otherwise it gets the demo set. */
  readonly empty?: boolean | undefined;
  /** Called once when the system can no longer keep what it acknowledges; it is of no use then. */
  readonly onFailure?: ((failure: unknown) => void) | undefined;
  readonly tracing?: Tracing | undefined;
  readonly openGateway: OpenGateway;
};

export type Running = Listening & {
  readonly keys: Keys;
  readonly embedded: Embedded;
  readonly settings: EmbeddedSettings;
  /** Rows of the demo set, when it was imported now. */
  readonly demoRows: number | undefined;
  close(): Promise<void>;
};

async function open(parts: GatewayParts, options: EmbeddedOptions): Promise<Running> {
  const { settings, keys, embedded, watch } = parts;
  const gateway = await options.openGateway(parts);
  try {
    const demoRows = embedded.isNew && !options.empty ? await importDemo(embedded) : undefined;
    const listening = await gateway.listen();
    const removeRunFile = writeRunFile(embedded.folder, { url: listening.url, pid: process.pid });
    const close = async () => {
      removeRunFile();
      await gateway.close();
      await embedded.close();
      await watch.tracing.close();
    };
    let closing: Promise<void> | undefined;
    return {
      ...{ ...listening, keys, embedded, settings, demoRows },
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (failure) {
    await gateway.close();
    throw failure;
  }
}

/** @throws Refused, StoreFailure with a sentence that names the fix */
export async function startEmbedded(
  settings: EmbeddedSettings,
  options: EmbeddedOptions,
): Promise<Running> {
  const { onFailure = () => {}, tracing } = options;
  const watch = createWatch(tracing);
  const embedded = await openEmbedded(settings, onFailure, watch);
  try {
    const keys = settings.data === inMemory ? newKeys() : readOrMakeKeys(embedded.folder);
    return await open({ settings, keys, embedded, watch, onFailure }, options);
  } catch (failure) {
    await embedded.close();
    throw failure;
  }
}
