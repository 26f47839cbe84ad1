/** Makes a data source of every subgraph, wherever it runs. */
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { DataSource } from '../execution/federation.ts';
import type { Limits } from '../limits/limits.ts';
import { inProcessSource } from './in-process.ts';
import { type RemoteSubgraph, remoteSource } from './remote.ts';

/** A subgraph in this process, or the address of one in another. */
export type SubgraphDoor = Subgraph | RemoteSubgraph;

const isRemote = (subgraph: SubgraphDoor): subgraph is RemoteSubgraph => 'url' in subgraph;

export const openSources = (
  subgraphs: readonly SubgraphDoor[],
  { subgraphTimeoutMs }: Limits,
): { readonly dataSources: Record<string, DataSource>; closeSources(): Promise<void> } => {
  const dataSources: Record<string, DataSource> = {};
  const closes: (() => Promise<void>)[] = [];
  for (const subgraph of subgraphs) {
    if (isRemote(subgraph)) {
      const { close, ...source } = remoteSource(subgraph, subgraphTimeoutMs);
      dataSources[subgraph.name] = source;
      closes.push(close);
    } else {
      dataSources[subgraph.name] = inProcessSource(subgraph, subgraphTimeoutMs);
    }
  }
  return {
    dataSources,
    closeSources: async () => {
      await Promise.all(closes.map((close) => close()));
    },
  };
};

/**
 * A remote subgraph that is away makes some fields null, not the gateway useless: it is no reason.
 */
export const reasonsNotReady = (subgraphs: readonly SubgraphDoor[]): readonly string[] =>
  subgraphs.flatMap((subgraph) => (isRemote(subgraph) ? [] : (subgraph.notReady() ?? [])));
