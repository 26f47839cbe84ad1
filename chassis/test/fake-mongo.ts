/** A server that speaks just enough of MongoDB's protocol to say what a real one seldom does. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

/** undefined: the usual answer. */
export type Answer = (command: Document) => Document | 'silence' | undefined;

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;

const usual = (command: Document): Document => {
  if ('hello' in command || 'isMaster' in command || 'ismaster' in command) return hello(21);
  if ('find' in command || 'listIndexes' in command) {
    return { ok: 1, cursor: { id: 0n, ns: 'x.y', firstBatch: [] } };
  }
  return { ok: 1, n: 1, nModified: 1 };
};

export const hello = (maxWireVersion: number): Document => ({
  ...{ ok: 1, isWritablePrimary: true, helloOk: true, minWireVersion: 0, maxWireVersion },
  ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
});

function commandIn(message: Buffer): { readonly command: Document; readonly op: number } {
  const op = message.readInt32LE(12);
  // OP_QUERY: flags, the collection's name, two numbers, the document. OP_MSG: flags, kind 0.
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const at = op === opQuery ? nameEnd + 1 + 8 : headerBytes + 5;
  const length = message.readInt32LE(at);
  return { command: BSON.deserialize(message.subarray(at, at + length)), op };
}

function reply(to: number, op: number, document: Document): Buffer {
  const body = Buffer.from(BSON.serialize(document));
  // OP_REPLY: flags, cursor, place, one document. OP_MSG: flags, kind 0.
  const between = Buffer.alloc(op === opQuery ? 20 : 5);
  if (op === opQuery) between.writeInt32LE(1, 16);
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(headerBytes + between.length + body.length, 0);
  header.writeInt32LE(to, 8);
  header.writeInt32LE(op === opQuery ? opReply : opMsg, 12);
  return Buffer.concat([header, between, body]);
}

function converse(socket: Socket, answer: Answer): void {
  let heard = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (more: Buffer) => {
    heard = Buffer.concat([heard, more]);
    while (heard.length >= 4 && heard.length >= heard.readInt32LE(0)) {
      const message = heard.subarray(0, heard.readInt32LE(0));
      heard = heard.subarray(message.length);
      const { command, op } = commandIn(message);
      const document = answer(command) ?? usual(command);
      if (document === 'silence') continue;
      socket.write(reply(message.readInt32LE(4), op, document));
    }
  });
}

export type FakeMongo = { readonly url: string; close(): Promise<void> };

export async function fakeMongo(answer: Answer): Promise<FakeMongo> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    converse(socket, answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('a port has a number');
  return {
    url: `mongodb://127.0.0.1:${address.port}/?directConnection=true`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
