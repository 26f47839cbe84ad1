/** Makes a data source of every subgraph, wherever it runs. */
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { DataSource } from '../execution/federation.ts';
import type { Limits } from '../limits/limits.ts';
import { inProcessSource } from './in-process.ts';
import { type RemoteSubgraph, remoteSource } from './remote.ts';

/** A subgraph in this process, or the addresses of one in others. */
export type SubgraphDoor = Subgraph | RemoteSubgraph;

const isRemote = (subgraph: SubgraphDoor): subgraph is RemoteSubgraph => 'urls' in subgraph;

export type Sources = {
  readonly dataSources: Record<string, DataSource>;
  /** Why some cannot be asked; empty when all can. */
  sourcesNotReady(): readonly string[];
  closeSources(): Promise<void>;
};

export const openSources = (
  subgraphs: readonly SubgraphDoor[],
  { subgraphTimeoutMs }: Limits,
): Sources => {
  const dataSources: Record<string, DataSource> = {};
  const closes: (() => Promise<void>)[] = [];
  const readiness: (() => string | undefined)[] = [];
  for (const subgraph of subgraphs) {
    if (isRemote(subgraph)) {
      const { close, notReady, ...source } = remoteSource(subgraph, subgraphTimeoutMs);
      dataSources[subgraph.name] = source;
      closes.push(close);
      readiness.push(notReady);
    } else {
      dataSources[subgraph.name] = inProcessSource(subgraph, subgraphTimeoutMs);
      readiness.push(subgraph.notReady);
    }
  }
  return {
    dataSources,
    sourcesNotReady: () => readiness.flatMap((reasonOf) => reasonOf() ?? []),
    closeSources: async () => {
      await Promise.all(closes.map((close) => close()));
    },
  };
};
