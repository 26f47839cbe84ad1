/** Stands between a client and a server, and loses answers when a test says so. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type CutProxy = {
  readonly port: number;
  /** The next answer of at least one byte is lost with its connection; the server has acted. */
  loseNextAnswer(): void;
  /** Ends all connections now. */
  cutAll(): void;
  close(): Promise<void>;
};

export async function cutProxy(toPort: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let armed = false;
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1');
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.pipe(upstream);
    upstream.on('data', (answer: Buffer) => {
      // Not the heartbeat's: what is armed is meant for the answer to a write or a read.
      if (armed && isToCommand(answer)) {
        armed = false;
        cut();
      } else client.write(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('a port has a number');
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: address.port,
    loseNextAnswer() {
      armed = true;
    },
    cutAll,
    async close() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}

const isToCommand = (answer: Buffer) => !answer.includes('maxWireVersion');
