/** graphql-transport-ws: graphql-ws keeps the protocol, the hub writes what is live. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  handleProtocols,
  makeServer,
  type WebSocket as ProtocolSocket,
  type Server,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LiveOptions } from '../live-door.ts';
import type { Hub } from './hub.ts';
import { closeCode, type LiveSettings } from './live-settings.ts';
import { SocketLane } from './socket-lane.ts';
import { type Connection, socketProtocol } from './socket-protocol.ts';

export type SocketServer = {
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  /** Asks all clients to come again, and cuts those that do not answer. */
  close(): Promise<void>;
};

/** What graphql-ws needs of a `ws` socket. */
const protocolSocket = (socket: WebSocket, failed: (error: unknown) => void): ProtocolSocket => ({
  protocol: socket.protocol,
  send: (text) =>
    new Promise((resolve) => {
      // A send to a client that has gone fails; its `close` tells what is to be done.
      if (socket.readyState === socket.OPEN) socket.send(text, () => resolve());
      else resolve();
    }),
  close: (code, reason) => socket.close(code, reason),
  onMessage: (take) => {
    socket.on('message', (message) => void take(String(message)).catch(failed));
  },
});

const open = (
  protocol: Server<Connection>,
  connection: Connection,
  { logger }: LiveOptions,
): void => {
  const { socket } = connection;
  const closed = protocol.opened(
    protocolSocket(socket, (error) => {
      logger.error('a socket message failed', { error: String(error) });
      socket.close(closeCode.internal, 'Internal server error');
    }),
    connection,
  );
  // ws closes by itself after an error, e.g. 1009 for a message that is too long.
  socket.on('error', () => undefined);
  socket.once('close', (code, reason) => {
    connection.gone.abort();
    void closed(code, String(reason));
  });
};

const closeAll = async (
  sockets: readonly WebSocket[],
  { clock, closeTimeoutMs }: LiveSettings,
): Promise<void> => {
  const gone = [...sockets].map(
    (socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
  );
  for (const socket of sockets) socket.close(closeCode.restart, 'Service restart');
  const cancel = clock.after(closeTimeoutMs, () => {
    for (const socket of sockets) socket.terminate();
  });
  await Promise.all(gone);
  cancel();
};

export const createSocketServer = (
  hub: Hub,
  options: LiveOptions,
  settings: LiveSettings,
): SocketServer => {
  const sockets = new Map<WebSocket, Connection>();
  const stopRevoking = options.onRevoked((callerIds) => {
    for (const [socket, { caller }] of sockets) {
      if (caller && callerIds.has(caller.id)) socket.close(closeCode.forbidden, 'Forbidden');
    }
  });
  const protocol = makeServer(socketProtocol(hub, options, settings));
  const handshake = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: settings.messageBytesMax,
    // Whole frames are written to the raw socket, which compression would not know of.
    perMessageDeflate: false,
    handleProtocols,
  });
  const accept = (socket: WebSocket, raw: Duplex, request: IncomingMessage) => {
    hub.stats.connections += 1;
    socket.once('close', () => {
      sockets.delete(socket);
      hub.stats.connections -= 1;
    });
    const laneSocket = {
      raw,
      isOpen: () => socket.readyState === socket.OPEN,
      terminate: () => socket.terminate(),
    };
    const lane = new SocketLane(laneSocket, settings.clock.monotonicMs);
    const address = options.addressOf(request);
    const gone = new AbortController();
    const connection: Connection = { socket, lane, address, caller: undefined, gone };
    sockets.set(socket, connection);
    open(protocol, connection, options);
  };
  return {
    upgrade: (request, raw, head) =>
      handshake.handleUpgrade(request, raw, head, (socket) => accept(socket, raw, request)),
    close: () => {
      stopRevoking();
      return closeAll([...sockets.keys()], settings);
    },
  };
};
