/** The gateway's one HTTP server: which path is answered by whom, and how it ends. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '../logger.ts';
import { crossOriginHeaders, preflightHeaders } from './cross-origin.ts';

export type Routes = {
  graphql(request: IncomingMessage, response: ServerResponse): Promise<void>;
  stream(request: IncomingMessage, response: ServerResponse): void;
  /** Every other path, for GET and HEAD. */
  page(path: string, response: ServerResponse): Promise<void>;
};

/** Set and in use. Which port to try next, or what to tell the user, is the caller's to say. */
export class PortInUse extends Error {
  readonly code = 'EADDRINUSE';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`Port ${port} is in use.`, { cause });
    this.port = port;
  }
}

export const pathOf = (request: IncomingMessage): string => {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
};

const graphqlPath = '/graphql';
const streamPath = '/graphql/stream';
const sweepMs = 50;
const keepAliveTimeoutMs = 65_000; // above the 60 s of common load balancers
/**
 * Connections that wait to be taken, as far as the system allows: one is taken in a turn of the
 * event loop, and who finds no room tries again after 1, 3, 7, 15 s.
 */
const backlog = 4_096;
const requestTimeoutMs = 15_000; // to receive one request whole; slower is an attack

const methodNotAllowed = (response: ServerResponse): void => {
  response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
};

const answerPreflight = (response: ServerResponse): void => {
  response.writeHead(204, [...preflightHeaders]).end();
};

const allowOrigin = (request: IncomingMessage, response: ServerResponse): void => {
  const headers = crossOriginHeaders(request);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
  }
};

const route = (
  { graphql, stream, page }: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> | void => {
  const path = pathOf(request);
  if (path === graphqlPath || path === streamPath) {
    if (request.method === 'OPTIONS') return answerPreflight(response);
    if (path === graphqlPath) return graphql(request, response);
    allowOrigin(request, response);
    return stream(request, response);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed(response);
  return page(path, response);
};

export const createHttpServer = (logger: Logger, routes: () => Routes): Server => {
  const server = createServer((request, response) => {
    const failed = (cause: unknown) => {
      logger.error('a request could not be answered', { cause: String(cause) });
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-length': 0, connection: 'close' }).end();
    };
    try {
      route(routes(), request, response)?.catch(failed);
    } catch (cause) {
      failed(cause);
    }
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  // Live answers for its own path; on any other nobody would end the socket.
  server.on('upgrade', (request, socket) => {
    if (pathOf(request) !== graphqlPath) socket.destroy();
  });
  return server;
};

/** @throws PortInUse; another port may be tried then */
export const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      reject(cause.code === 'EADDRINUSE' ? new PortInUse(port, cause) : cause);
    };
    const listening = () => {
      server.off('error', failed);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ port, host, backlog });
  });

/** Takes nothing new, lets what is in flight end within the bound, then cuts. */
export const closeServer = (server: Server, drainTimeoutMs: number): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
    // A connection that was busy stays open for its next request, which nobody will answer.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
