/** The gateway of a clustered system: its keys come from the store, its subgraphs from anywhere. */
import { createGateway, type RemoteSubgraph, rereadKeyRing } from '@holdfast/gateway/app';
import type { Caller } from '@holdfast/schema/caller';
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { version } from '../build.ts';
import { consoleFolder } from '../console-folder.ts';
import { keyRoles } from '../keys.ts';
import { type Listening, listenSomewhere } from '../listen-somewhere.ts';
import { errorLogger } from '../logger.ts';
import { Refused } from '../refused.ts';
import { type ClusteredSettings, isLoopback } from '../settings.ts';
import type { Watch } from '../watching/watch.ts';
import { callersByHash } from './keys-of-callers.ts';
import type { OpenApiKeys } from './open-api-keys.ts';

/** No key opens what it may do, and none can be revoked. */
const anonymousStorefront: Caller = { role: 'storefront', id: 'storefront:anonymous', scopes: [] };

/** INTERFACE: who can be reached from elsewhere has keys for every role. @throws Refused */
async function checkKeys(host: string, { apiKeys }: OpenApiKeys): Promise<void> {
  const callers = await callersByHash(apiKeys);
  const there = new Set([...callers.values()].map(({ role }) => role));
  const missing = keyRoles.find((role) => !there.has(role));
  if (missing === undefined) return;
  const fix = `make one with holdfast keys create --role ${missing}, or unset HOST`;
  throw new Refused(`HOST is ${host}, but there is no key for the role ${missing}; ${fix}.`);
}

export type ServedGateway = Listening & {
  notReady(): readonly string[];
  close(): Promise<void>;
};

/** @throws Refused */
export async function serveGateway(
  settings: ClusteredSettings,
  subgraphs: readonly (Subgraph | RemoteSubgraph)[],
  keys: OpenApiKeys,
  { registry, tracing }: Watch,
): Promise<ServedGateway> {
  const { host, port, storefrontRate, keyRate } = settings;
  if (!isLoopback(host)) await checkKeys(host, keys);
  const ring = await rereadKeyRing({
    read: () => callersByHash(keys.apiKeys),
    anonymous: isLoopback(host) ? anonymousStorefront : undefined,
    logger: errorLogger,
  });
  const gateway = await createGateway({
    ...{ subgraphs, supergraphSdl: supergraphSdl(), keys: ring, version, registry, tracing },
    rates: { storefront: storefrontRate, otherKeys: keyRate },
    consoleFolder: consoleFolder(),
    logger: errorLogger,
  });
  const close = async () => {
    await gateway.close();
    ring.stop();
  };
  try {
    const listening = await listenSomewhere(port, (at) => gateway.listen(host, at));
    return { ...listening, notReady: () => [...gateway.notReady(), ...reasons(ring)], close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

const reasons = (ring: { notReady(): string | undefined }): readonly string[] => {
  const reason = ring.notReady();
  return reason === undefined ? [] : [reason];
};
