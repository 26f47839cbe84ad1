/** The door to the live part (subscriptions over WebSocket and server-sent events). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Caller } from '@holdfast/schema/caller';
import type { Authenticate } from './callers/authenticate.ts';
import type { KeyRing } from './callers/key-ring.ts';
import type { MaskErrors } from './errors/mask-errors.ts';
import type { Federation, GatewayContext } from './execution/federation.ts';
import type { RunOperation } from './execution/run-operation.ts';
import type { Logger } from './logger.ts';

/** What a context is made of; the rest (trace id where none came, cursors) is the gateway's. */
export type ContextParts = {
  readonly caller: Caller;
  readonly address: string;
  readonly traceId?: string | undefined;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type LiveOptions = {
  readonly federation: Federation;
  /** Live adds its own `upgrade` listener for /graphql and leaves every other path alone. */
  readonly server: Server;
  readonly authenticate: Authenticate;
  /** Whose sockets and streams must end. */
  readonly onRevoked: KeyRing['onRevoked'];
  /** Where a request comes from, for rates. */
  addressOf(request: IncomingMessage): string;
  createContext(parts: ContextParts): GatewayContext;
  /** Queries and mutations over a socket: prepared, admitted, rated and run as over HTTP. */
  readonly runOperation: RunOperation;
  /**
   * Every error that leaves must pass here, but those of `execute` and `runOperation`, which have.
   */
  readonly maskErrors: MaskErrors;
  readonly logger: Logger;
};

/**
 * What /metrics shows of the live part; each a number at this moment or a count since the start.
 */
export type LiveMetrics = {
  readonly sockets: number;
  readonly subscriptions: number;
  readonly upstreams: number;
  readonly executions: number;
  readonly deliveries: number;
  readonly conflated: number;
  readonly slowClientsClosed: number;
};

export type Live = {
  /**
   * POST and GET /graphql/stream; it answers and ends the response itself, CORS headers are set.
   */
  handleStream(request: IncomingMessage, response: ServerResponse): void;
  /** Closes sockets and streams with a retryable code; resolves when they are gone or cut. */
  close(): Promise<void>;
  metrics(): LiveMetrics;
};

/** `live/attach.ts` exports `attachLive` of this type. */
export type AttachLive = (options: LiveOptions) => Live;
