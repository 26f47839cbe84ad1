/** Makes a data source of every subgraph, wherever it runs. */
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { DataSource } from '../execution/federation.ts';
import type { Limits } from '../limits/limits.ts';
import { inProcessSource } from './in-process.ts';
import { type RemoteSubgraph, remoteSource } from './remote.ts';
import { type ThreadSubgraph, threadSource } from './thread-source.ts';

/** A subgraph in this thread, in another one, or the addresses of one in other processes. */
export type SubgraphDoor = Subgraph | ThreadSubgraph | RemoteSubgraph;

type Source = DataSource & {
  readonly notReady: () => string | undefined;
  readonly hear?: () => void;
  readonly close?: () => void | Promise<void>;
};

export type Sources = {
  readonly dataSources: Record<string, DataSource>;
  /** Why some cannot be asked; empty when all can. */
  sourcesNotReady(): readonly string[];
  /** What other threads have said, at once. */
  hearSources(): void;
  closeSources(): Promise<void>;
};

const openSource = (subgraph: SubgraphDoor, timeoutMs: number): Source => {
  if ('urls' in subgraph) return remoteSource(subgraph, timeoutMs);
  if ('port' in subgraph) return threadSource(subgraph, timeoutMs);
  const { notReady } = subgraph;
  return { ...inProcessSource(subgraph, timeoutMs), notReady };
};

export const openSources = (
  subgraphs: readonly SubgraphDoor[],
  { subgraphTimeoutMs }: Limits,
): Sources => {
  const opened = new Map(
    subgraphs.map((each) => [each.name as string, openSource(each, subgraphTimeoutMs)]),
  );
  const sources = [...opened.values()];
  const hears = sources.flatMap(({ hear }) => hear ?? []);
  return {
    dataSources: Object.fromEntries(opened),
    sourcesNotReady: () => sources.flatMap(({ notReady }) => notReady() ?? []),
    hearSources() {
      for (const hear of hears) hear();
    },
    closeSources: async () => {
      await Promise.all(sources.map(({ close }) => close?.()));
    },
  };
};
