/**
 * A subgraph as a process: answers the gateways' signed calls over HTTP, and tells whoever asks
 * whether it lives and is ready.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { secretKey } from '@holdfast/schema/signed-call';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { type Clock, pause } from '../clock.ts';
import { type Admission, admit, type Door, reply } from './signed-request.http.ts';
import { createCallDoor } from './subgraph-call.http.ts';
import { type ErrorLog, subgraphRunner } from './subgraph-call.ts';
import { type DoorBounds, doorBounds } from './subgraph-door-bounds.ts';
import { createStreamDoor } from './subgraph-stream.http.ts';

export type SubgraphServerOptions = {
  readonly subgraph: Subgraph;
  /** Shared with the gateways; a call that is not signed with it is answered 401. */
  readonly secret: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: ErrorLog;
  /** What /metrics answers. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** What differs from `doorBounds`. */
  readonly bounds?: Partial<DoorBounds>;
};

export type SubgraphServer = {
  readonly url: string;
  readonly port: number;
  /**
   * Ends streams so that they are resumed elsewhere, tells who asks for a while that nothing is
   * taken any more, and finishes within a bound what runs.
   */
  close(): Promise<void>;
};

const jsonType = { 'content-type': 'application/json; charset=utf-8' };
const sweepMs = 50;

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

type Pages = Pick<SubgraphServerOptions, 'subgraph' | 'metrics'> & {
  readonly closing: () => boolean;
};

/** What is answered without a signature. @returns false for every other path */
const answerPage = async (
  path: string,
  response: ServerResponse,
  { subgraph, metrics, closing }: Pages,
): Promise<boolean> => {
  if (path === '/livez') {
    reply(response, { status: 200, text: 'alive\n', headers: { 'content-type': 'text/plain' } });
    return true;
  }
  if (path === '/readyz') {
    const reason = closing() ? `${subgraph.name} is stopping` : subgraph.notReady();
    const ready = reason === undefined;
    const told = {
      ...{ ready, subgraph: subgraph.name, reasons: ready ? [] : [reason] },
      lanes: subgraph.lanes?.(),
    };
    const status = ready ? 200 : 503;
    reply(response, { status, text: `${JSON.stringify(told)}\n`, headers: jsonType });
    return true;
  }
  if (path === '/metrics') {
    const { contentType, text } = await metrics();
    reply(response, { status: 200, text, headers: { 'content-type': contentType } });
    return true;
  }
  return false;
};

/** Node does not count a connection as idle on which nothing has ever come: it is closed here. */
const trackSilent = (server: Server): (() => void) => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
};

const hasConnections = (server: Server): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.getConnections((failure, count) => (failure ? reject(failure) : resolve(count > 0)));
  });

type Closing = { readonly clock: Clock; readonly drainMs: number; closeSilent(): void };

const closeWithin = (server: Server, { clock, drainMs, closeSilent }: Closing): Promise<void> =>
  new Promise((resolve) => {
    const cancelCut = clock.after(drainMs, () => server.closeAllConnections());
    let cancelSweep = () => {};
    // A connection that was busy stays open for a next request, which nobody would answer.
    const sweep = () => {
      server.closeIdleConnections();
      closeSilent();
      cancelSweep = clock.after(sweepMs, sweep);
    };
    server.close(() => {
      cancelCut();
      cancelSweep();
      resolve();
    });
    cancelSweep = clock.after(sweepMs, sweep);
  });

type Routes = {
  readonly pages: Pages;
  readonly admission: Admission;
  /** By path, for POST. */
  readonly doors: Readonly<Record<string, Door>>;
};

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { pages, admission, doors }: Routes,
): Promise<void> => {
  const path = request.url ?? '';
  if (request.method === 'GET' && (await answerPage(path, response, pages))) return;
  const call = await admit(request, response, admission);
  if (call === undefined) return;
  const door = request.method === 'POST' && Object.hasOwn(doors, path) ? doors[path] : undefined;
  if (door === undefined) return reply(response, { status: 404 });
  await door(call);
};

const bound = (server: Server, bounds: DoorBounds): void => {
  server.keepAliveTimeout = bounds.keepAliveMs;
  server.maxConnections = bounds.callsMax + bounds.streamsMax;
  server.headersTimeout = bounds.receiveMs;
  server.requestTimeout = bounds.receiveMs;
};

/** @throws the system's error, e.g. with code EADDRINUSE */
export const serveSubgraph = async (options: SubgraphServerOptions): Promise<SubgraphServer> => {
  const { subgraph, clock, log, host } = options;
  const bounds: DoorBounds = { ...doorBounds, ...options.bounds };
  const runner = subgraphRunner(subgraph, log);
  let isClosing = false;
  const closing = () => isClosing;
  const parts = { runner, clock, bounds, closing };
  const calls = createCallDoor(parts);
  const streams = createStreamDoor(parts);
  const routes: Routes = {
    pages: { ...options, closing },
    admission: { key: secretKey(options.secret), clock, bounds },
    doors: { '/graphql': calls, '/graphql/stream': streams.open },
  };
  const server = createServer((request, response) => {
    answer(request, response, routes).catch((failure: unknown) => {
      const cause = failure instanceof Error ? failure.stack : String(failure);
      log.error('a call could not be answered', { subgraph: subgraph.name, cause });
      if (response.headersSent) response.destroy();
      else reply(response, { status: 500, headers: { connection: 'close' } });
    });
  });
  bound(server, bounds);
  const closeSilent = trackSilent(server);
  const port = await listen(server, host, options.port);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      isClosing = true;
      streams.endAll();
      if (await hasConnections(server)) await pause(clock, bounds.graceMs);
      await closeWithin(server, { clock, drainMs: bounds.drainMs, closeSilent });
    },
  };
};
