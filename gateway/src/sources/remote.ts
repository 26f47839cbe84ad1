/** A subgraph in other processes, over HTTP: several of the same, of which any can be asked. */
import { secretKey } from '@holdfast/schema/signed-call';
import type { DataSource } from '../execution/federation.ts';
import { type LiveClock, systemClock } from '../live/live-clock.ts';
import { type Address, createPick, newAddress } from './addresses.ts';
import { createPost } from './http-post.ts';
import { probeReadiness } from './readiness.ts';
import { type RemoteParts, remoteProcess } from './remote-call.ts';
import { remoteSubscribe } from './remote-stream.ts';

export type RemoteSubgraph = {
  readonly name: string;
  /** Of its processes, without a path, e.g. http://10.0.0.7:4001; at least one. */
  readonly urls: readonly string[];
  /** Shared with them: every call is signed with it. */
  readonly secret: string;
};

export type RemoteSource = DataSource & {
  /** Why none of its processes can be asked; undefined when one can. */
  notReady(): string | undefined;
  close(): Promise<void>;
};

const reasonOf = (name: string, addresses: readonly Address[]): string | undefined => {
  const reasons = addresses.map(({ unreadyBecause }) => unreadyBecause);
  // Without the addresses: whoever asks a gateway need not know what is behind it.
  if (reasons.includes(undefined)) return undefined;
  const told = [...new Set(reasons)].join('; ');
  return `${name}: none of its ${addresses.length} processes is ready (${told})`;
};

export const remoteSource = (
  { name, urls, secret }: RemoteSubgraph,
  timeoutMs: number,
  clock: LiveClock = systemClock,
): RemoteSource => {
  const addresses = urls.map((url) => newAddress(new URL(url).origin));
  const posts = new Map(addresses.map((address) => [address, createPost(address.origin)]));
  const pick = createPick(addresses, clock.monotonicMs);
  const parts: RemoteParts = {
    ...{ name, key: secretKey(secret), clock, timeoutMs, addresses, pick, posts },
  };
  const stopProbes = probeReadiness(addresses, clock);
  return {
    process: remoteProcess(parts),
    subscribe: remoteSubscribe(parts),
    notReady: () => reasonOf(name, addresses),
    close: async () => {
      stopProbes();
      await Promise.all([...posts.values()].map((post) => post.close()));
    },
  };
};
