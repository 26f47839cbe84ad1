/** graphql-transport-ws: graphql-ws keeps the protocol, the hub writes what is live. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller } from '@holdfast/schema/caller';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, GraphQLSchema, parse } from 'graphql';
import { type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LiveOptions } from '../live-door.ts';
import type { Hub } from './hub.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import { closeCode, type LiveSettings } from './live-settings.ts';
import { SocketLane } from './socket-lane.ts';
import { startLive } from './socket-operation.ts';

type Connection = {
  readonly socket: WebSocket;
  readonly lane: SocketLane;
  readonly address: string;
  /** Set by `connection_init`, before which nothing is run. */
  caller: Caller | undefined;
};

type SocketContext = Context<Record<string, unknown>, Connection>;

export type SocketServer = {
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  readonly sockets: ReadonlySet<WebSocket>;
};

/** What graphql-ws wants to see of an operation; the gateway prepares and runs the real one. */
const notRunHere = {
  schema: new GraphQLSchema({}),
  subscription: parse('subscription { live }'),
  query: parse('{ once }'),
};
