/** Counts for /metrics. The first four are as of now, the others since the start. */
export type LiveStats = {
  connections: number;
  subscriptions: number;
  feeds: number;
  upstreams: number;
  upstreamsOpened: number;
  upstreamLosses: number;
  executions: number;
  serialisations: number;
  deliveries: number;
  conflated: number;
  /** Clients that were ended because they were too slow for a stream that may not drop. */
  dropped: number;
};

export const newLiveStats = (): LiveStats => ({
  connections: 0,
  subscriptions: 0,
  feeds: 0,
  upstreams: 0,
  upstreamsOpened: 0,
  upstreamLosses: 0,
  executions: 0,
  serialisations: 0,
  deliveries: 0,
  conflated: 0,
  dropped: 0,
});
