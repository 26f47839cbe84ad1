/**
 * One kept HTTP/1.1 connection that asks one thing at a time, and costs a load generator little.
 */
import { connect, type Socket } from 'node:net';

export type HttpAnswer = { readonly status: number; readonly text: string };

export type HttpConnection = {
  /** @throws ConnectionLost when no whole answer came; what was asked may have happened */
  post(body: string): Promise<HttpAnswer>;
  close(): void;
};

/** The connection ended, or could not be made. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

const headEnd = Buffer.from('\r\n\r\n');
const statusAt = 'HTTP/1.1 '.length;

type Waiting = {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (failure: Error) => void;
};

/** The first whole answer in what has arrived; undefined while it is not whole. */
function answerIn(arrived: Buffer): HttpAnswer | undefined {
  const end = arrived.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = arrived.toString('latin1', 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  // Said before the connection is ended: whoever waits on it hears that it was lost.
  if (length === undefined) return undefined;
  const bodyAt = end + headEnd.length;
  const bodyEnd = bodyAt + Number(length);
  if (arrived.length < bodyEnd) return undefined;
  return {
    status: Number(head.slice(statusAt, statusAt + 3)),
    text: arrived.toString('utf8', bodyAt, bodyEnd),
  };
}

const opened = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(new ConnectionLost(String(cause), { cause })));
  });

/** @param key as `Authorization: Bearer`; undefined: none is sent */
export async function openConnection(
  endpoint: string,
  key: string | undefined,
): Promise<HttpConnection> {
  const { hostname, port, host, pathname } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  await opened(socket);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    ...(key === undefined ? [] : [`authorization: Bearer ${key}`]),
    'content-length: ',
  ].join('\r\n');

  let arrived: Buffer | undefined;
  let waiting: Waiting | undefined;
  const lose = () => {
    waiting?.reject(new ConnectionLost('the connection ended before its answer came'));
    waiting = undefined;
  };
  socket.on('error', lose);
  socket.on('close', lose);
  socket.on('data', (chunk) => {
    arrived = arrived ? Buffer.concat([arrived, chunk]) : chunk;
    const answer = answerIn(arrived);
    if (!answer) return;
    arrived = undefined;
    const asker = waiting;
    waiting = undefined;
    asker?.resolve(answer);
  });

  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed || !socket.writable) {
          reject(new ConnectionLost('the connection has ended'));
          return;
        }
        if (waiting) throw new Error('one thing at a time');
        waiting = { resolve, reject };
        socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
      }),
    close: () => socket.destroy(),
  };
}
