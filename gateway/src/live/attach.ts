/** Joins the live part to the gateway's server: sockets on /graphql, streams on /graphql/stream. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AttachLive, Live, LiveOptions } from '../live-door.ts';
import { createHub } from './hub.ts';
import { type LiveSettings, liveSettings } from './live-settings.ts';
import { createSocketServer } from './socket-server.ts';
import { createStreamServer } from './stream-server.ts';

const overloaded =
  'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

const pathOf = (request: IncomingMessage): string => request.url?.split('?')[0] ?? '';

/** With settings of one's own; `attachLive` has the product's. */
export const attachLiveWith = (options: LiveOptions, settings: LiveSettings): Live => {
  const { federation, server, createContext, logger } = options;
  const hub = createHub({
    federation,
    clock: settings.clock,
    contextFor: ({ caller, address }) => createContext({ caller, address }),
  });
  const sockets = createSocketServer(hub, options, settings);
  const streams = createStreamServer(hub, options, settings);

  const upgrade = (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    if (pathOf(request) !== '/graphql') return;
    if (hub.stats.connections >= settings.connectionsMax) raw.end(overloaded);
    else sockets.upgrade(request, raw, head);
  };
  server.on('upgrade', upgrade);

  return {
    handleStream: (request, response) => {
      streams.handle(request, response).catch((error: unknown) => {
        logger.error('a stream could not be answered', { error: String(error) });
        response.destroy();
      });
    },
    close: async () => {
      server.off('upgrade', upgrade);
      await Promise.all([sockets.close(), streams.close()]);
      hub.close();
    },
    metrics: () => {
      const { connections, dropped, ...rest } = hub.stats;
      return { ...rest, sockets: connections, slowClientsClosed: dropped };
    },
  };
};

export const attachLive: AttachLive = (options) => attachLiveWith(options, liveSettings);
