/** A server that says of itself what a test wants, and knows the first words of NATS only. */
import { once } from 'node:events';
import { createServer } from 'node:net';

export type PretendedNats = { readonly url: string; close(): void };

export async function pretendedNats(info: object): Promise<PretendedNats> {
  const server = createServer((socket) => {
    const said = { server_id: 'x', server_name: 'x', proto: 1, max_payload: 1_048_576, ...info };
    socket.write(`INFO ${JSON.stringify(said)}\r\n`);
    socket.on('data', (bytes) => {
      if (bytes.toString().includes('PING')) socket.write('PONG\r\n');
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `nats://127.0.0.1:${port}`, close: () => server.close() };
}
