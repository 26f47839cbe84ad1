/** A way to a server that can be cut in the middle of everything, as when a process is killed. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cuttable = {
  readonly url: string;
  /** Nobody listens any more, and every connection is reset. */
  cut(): Promise<void>;
  /** As a process that has come back on its port. */
  mend(): Promise<void>;
};

export async function cuttable(to: number): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const behind = connect(to, '127.0.0.1');
    for (const socket of [client, behind]) track(socket);
    client.pipe(behind).pipe(client);
    client.once('close', () => behind.destroy());
    behind.once('close', () => client.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  // A listening server has an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.resetAndDestroy();
      }),
    mend: () => listen(port),
  };
}
