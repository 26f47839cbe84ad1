/** Where the keys of a clustered system are kept; the broker is not needed for it. */
import type { ApiKeys } from '@holdfast/chassis/api-keys/api-keys';
import { mongoApiKeys } from '@holdfast/chassis/api-keys/api-keys.mongo';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { readStoreUrl } from '../settings.ts';

export type OpenApiKeys = { readonly apiKeys: ApiKeys; close(): Promise<void> };

/** @throws Refused, StoreFailure */
export async function openApiKeys(environment: NodeJS.ProcessEnv): Promise<OpenApiKeys> {
  // It writes to no context, so none has to be checked or made.
  const store = await openMongoStore({ url: readStoreUrl(environment), own: [] });
  return { apiKeys: mongoApiKeys(store), close: store.close };
}
