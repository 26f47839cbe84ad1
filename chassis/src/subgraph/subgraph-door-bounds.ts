/** What one subgraph process takes from its gateways at once, and for how long. */
export type DoorBounds = {
  /** A gateway joins many entities in one call: more than a client may send. */
  readonly bodyBytesMax: number;
  readonly callsMax: number;
  /** Each is one connection; some 20 KB. */
  readonly streamsMax: number;
  readonly answerMs: number;
  /** An empty line so often tells a gateway that a quiet stream lives. */
  readonly beatMs: number;
  /** A gateway that takes nothing for so long is cut; it resumes by its cursor. */
  readonly slowReaderMs: number;
  /** To receive one request whole. */
  readonly receiveMs: number;
  /** Longer than a gateway keeps a connection: it is never closed under a call. */
  readonly keepAliveMs: number;
  /**
   * How long a stopping process says so to whoever is connected, before it closes connections under
   * them: longer than gateways leave between two looks at its readiness.
   */
  readonly graceMs: number;
  /** How long it waits after that for what runs, of the 5 s that INTERFACE gives a stop. */
  readonly drainMs: number;
};

export const doorBounds: DoorBounds = {
  bodyBytesMax: 4 * 1024 * 1024,
  callsMax: 4_000,
  streamsMax: 20_000,
  answerMs: 10_000,
  beatMs: 10_000,
  slowReaderMs: 10_000,
  receiveMs: 15_000,
  keepAliveMs: 65_000,
  graceMs: 1_200,
  drainMs: 1_500,
};
