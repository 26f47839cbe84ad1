/** A way between a client and a server that can be made bad: on loopback, for tests and benches. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Weather = {
  /** Each piece waits so long, in each direction, more or less by the jitter. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Nothing arrives, and nobody is told; what was sent arrives when it ends. */
  readonly blackHole?: boolean;
  /** Bytes travel in pieces of at most so many. */
  readonly sliceBytes?: number;
  /** New connections are closed at once. */
  readonly refuse?: boolean;
};

export type TcpProxy = {
  readonly port: number;
  /** Replaces the weather; without an argument it is fair. */
  weather(next?: Weather): void;
  /** Resets every connection. */
  cut(): void;
  /** Ends the server's side of every connection; the client is not told. */
  halfOpen(): void;
  /** Connections that clients hold now. */
  connections(): number;
  close(): Promise<void>;
};

type Pair = { readonly client: Socket; readonly server: Socket; halfOpen: boolean };

type State = {
  readonly pairs: Set<Pair>;
  weather: Weather;
  /** Tells pieces that wait that the weather has changed. */
  readonly changed: Set<() => void>;
};

/** @param target where it leads to, on this machine */
export async function tcpProxy(target: { readonly port: number }): Promise<TcpProxy> {
  const state: State = { pairs: new Set(), weather: {}, changed: new Set() };
  const listener = createServer((client) => join(state, client, target.port));
  const port = await listen(listener);
  return {
    port,
    weather(next = {}) {
      state.weather = next;
      for (const tell of state.changed) tell();
      state.changed.clear();
    },
    cut() {
      for (const { client, server } of state.pairs) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      }
    },
    halfOpen() {
      for (const pair of state.pairs) {
        pair.halfOpen = true;
        pair.server.destroy();
      }
    },
    connections: () => state.pairs.size,
    async close() {
      for (const { client, server } of state.pairs) {
        client.destroy();
        server.destroy();
      }
      listener.close();
      if (listener.listening) await once(listener, 'close');
    },
  };
}

async function listen(listener: Server): Promise<number> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('a port has a number');
  return address.port;
}

function join(state: State, client: Socket, port: number): void {
  if (state.weather.refuse) {
    client.destroy();
    return;
  }
  const server = connect({ host: '127.0.0.1', port });
  const pair: Pair = { client, server, halfOpen: false };
  state.pairs.add(pair);
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    // It is told by `close`, like every other end.
    socket.on('error', () => undefined);
  }
  client.on('close', () => {
    state.pairs.delete(pair);
    server.destroy();
  });
  server.on('close', () => {
    if (!pair.halfOpen) client.destroy();
  });
  void carry(state, pair, client, server);
  void carry(state, pair, server, client);
}

/** Bytes on their way, before more are read. */
const underWayBytesMax = 1024 * 1024;

async function carry(state: State, pair: Pair, from: Socket, to: Socket): Promise<void> {
  let arrived: Promise<void> = Promise.resolve();
  let underWayBytes = 0;
  try {
    for await (const bytes of from) {
      const chunk = bytes as Buffer;
      // Late, not slow: what comes after it is on its way at the same time.
      const dueAt = performance.now() + delayOf(state.weather);
      underWayBytes += chunk.length;
      arrived = arrived
        .then(() => deliver(state, pair, { chunk, dueAt }, to))
        // One side was reset: its `close` ends the other.
        .catch(() => undefined)
        .then(() => {
          underWayBytes -= chunk.length;
        });
      if (underWayBytes > underWayBytesMax) await arrived;
    }
    await arrived;
    if (!pair.halfOpen) to.end();
  } catch {
    // The same.
  }
}

const delayOf = ({ delayMs = 0, jitterMs = 0 }: Weather): number =>
  Math.max(0, delayMs + jitterMs * (2 * Math.random() - 1));

type Piece = { readonly chunk: Buffer; readonly dueAt: number };

async function deliver(state: State, pair: Pair, { chunk, dueAt }: Piece, to: Socket) {
  const leftMs = dueAt - performance.now();
  if (leftMs > 0) await pause(leftMs);
  const { sliceBytes = chunk.length } = state.weather;
  for (let at = 0; at < chunk.length; at += sliceBytes) {
    while (state.weather.blackHole) {
      await new Promise<void>((resolve) => state.changed.add(resolve));
    }
    // What goes to a server that is gone vanishes.
    if (pair.halfOpen || to.destroyed) return;
    if (!to.write(chunk.subarray(at, at + sliceBytes))) {
      await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
  }
}
