/**
 * Holdfast as a library: the embedded system with its gateway, as the tests of a storefront need
 * it.
 */
import { openGatewayHere } from './gateway-here.ts';
import type { Keys } from './keys.ts';
import { inMemory, readEmbeddedSettings } from './settings.ts';
import { startEmbedded } from './start-embedded.ts';

export { startGatewayThread } from './gateway-thread/start-gateway-thread.ts';
export { startEmbedded } from './start-embedded.ts';

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

export type Holdfast = {
  /** Of the system, without a path. */
  readonly url: string;
  readonly keys: Keys;
  close(): Promise<void>;
};

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
  const { url, keys, close } = await startEmbedded(settings, {
    ...{ empty: options.empty, onFailure: options.onFailure, openGateway: openGatewayHere },
  });
  return { url, keys, close };
}
