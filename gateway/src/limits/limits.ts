/** What one request may cost (INTERFACE "Error codes"); each number is allowed, one more is not. */
export type Limits = {
  readonly bodyBytesMax: number;
  readonly tokensMax: number;
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly rootFieldsMax: number;
  readonly costMax: number;
  readonly directivesMax: number;
  readonly fragmentsMax: number;
  /** Selections once fragments are written out: few tokens can mean millions of fields. */
  readonly selectionsMax: number;
  /** A subgraph that takes longer fails alone; what others answered still arrives. */
  readonly subgraphTimeoutMs: number;
  /** A request that takes longer is answered without it. */
  readonly requestTimeoutMs: number;
  readonly requestsInFlightMax: number;
  readonly preparedOperationsMax: number;
  /** How long `close` waits for requests in flight. */
  readonly drainTimeoutMs: number;
};

export const defaultLimits: Limits = {
  bodyBytesMax: 100 * 1024,
  tokensMax: 1_500,
  depthMax: 12,
  aliasesMax: 30,
  rootFieldsMax: 20,
  costMax: 5_000,
  directivesMax: 10,
  fragmentsMax: 20,
  selectionsMax: 5_000,
  subgraphTimeoutMs: 4_000, // below the request's, so that a nullable field can be null in time
  requestTimeoutMs: 5_000,
  requestsInFlightMax: 2_000,
  preparedOperationsMax: 1_000,
  drainTimeoutMs: 3_000, // of the 5 s that INTERFACE gives a stop
};
