/** The door between the gateway and a subgraph that runs in the same process. */
import type { GraphQLSchema } from 'graphql';
import type { Caller } from './caller.ts';

/** What the gateway tells a subgraph about one request. */
export type SubgraphRequest = {
  readonly caller: Caller;
  /** Names this request in logs and errors, everywhere it goes. */
  readonly traceId: string;
  /** What it is a part of: a `traceparent` when its trace is recorded (see tracing.ts). */
  readonly trace?: string | undefined;
  /** Answer at or after this cursor (`Holdfast-After`). */
  readonly after: string | undefined;
  /**
   * A mutation's resolver adds the cursor that includes its effect; the gateway answers the last
   * one.
   */
  readonly cursors: string[];
  /**
   * A resolver calls it where this process cannot reach what another one may reach, so that the
   * same request is asked there; what it answers stands when that is no better. Left out where
   * there is no other process to ask.
   */
  readonly askElsewhere?: () => void;
};

/** Lanes whose commands one process decides itself; for all others it asks another one. */
export type OwnedLanes = { readonly count: number; readonly owned: readonly number[] };

/** One operation, as the gateway sends it. */
export type SubgraphCall = {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
};

export type Subgraph = {
  readonly name: 'inventory' | 'orders' | 'fulfillment' | 'erp-bridge';
  readonly schema: GraphQLSchema;
  /** One context a request: loaders live as long as it does. */
  createContext(request: SubgraphRequest): object;
  /** Undefined when ready, otherwise why not. */
  notReady(): string | undefined;
  /** Just now; left out where every process is as good. */
  lanes?(): OwnedLanes;
};
