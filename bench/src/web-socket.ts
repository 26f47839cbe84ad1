/**
 * A WebSocket client as small as a load generator needs: text frames whole, one subscription, pings
 * answered.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const textOpcode = 1;
const closeOpcode = 8;
const shortMax = 125;
const mediumMark = 126;
const longMark = 127;

/** A client's frame; a mask of zeros is a mask, and costs nothing. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const isShort = length <= shortMax;
  const head = Buffer.alloc(isShort ? 6 : 8);
  head[0] = 0x80 | textOpcode;
  head[1] = 0x80 | (isShort ? length : mediumMark);
  if (!isShort) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, payload]);
}

const pong = textFrame('{"type":"pong"}');
const headEnd = Buffer.from('\r\n\r\n');

type ServerFrame = { readonly opcode: number; readonly text: string; readonly end: number };

function frameAt(arrived: Buffer, at: number): ServerFrame | undefined {
  if (arrived.length < at + 2) return undefined;
  let length = arrived[at + 1]! & 0x7f;
  let from = at + 2;
  if (length === mediumMark) {
    if (arrived.length < at + 4) return undefined;
    length = arrived.readUInt16BE(from);
    from += 2;
  } else if (length === longMark) {
    if (arrived.length < at + 10) return undefined;
    length = Number(arrived.readBigUInt64BE(from));
    from += 8;
  }
  const end = from + length;
  if (arrived.length < end) return undefined;
  return { opcode: arrived[at]! & 0x0f, text: arrived.toString('utf8', from, end), end };
}

export type LiveClient = { close(): void };

export type LiveClientOptions = {
  readonly endpoint: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Each `next` frame, as text: most are only counted. */
  readonly hear: (frame: string) => void;
  readonly ended: (why: string) => void;
};

const upgradeOf = (host: string, path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  ].join('\r\n');

export function openLiveClient(options: LiveClientOptions): LiveClient {
  const { endpoint, query, variables, hear, ended } = options;
  const { hostname, port, host, pathname } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  const send = (frame: object) => socket.write(textFrame(JSON.stringify(frame)));
  let arrived: Buffer | undefined;
  let isOpen = false;

  const take = (text: string) => {
    if (text.startsWith('{"type":"ping"')) socket.write(pong);
    else if (text.startsWith('{"type":"connection_ack"')) {
      send({ type: 'subscribe', id: '1', payload: { query, variables } });
    } else if (text.includes('"type":"next"')) hear(text);
    else ended(text);
  };

  const open = (whole: Buffer): number => {
    const end = whole.indexOf(headEnd);
    if (end < 0) return 0;
    isOpen = true;
    send({ type: 'connection_init', payload: {} });
    return end + headEnd.length;
  };

  socket.on('connect', () => socket.write(upgradeOf(host, pathname)));
  socket.on('data', (chunk) => {
    const whole = arrived ? Buffer.concat([arrived, chunk]) : chunk;
    let at = isOpen ? 0 : open(whole);
    for (let frame = frameAt(whole, at); frame; frame = frameAt(whole, at)) {
      at = frame.end;
      if (frame.opcode === textOpcode) take(frame.text);
      else if (frame.opcode === closeOpcode) ended(`closed: ${frame.text}`);
    }
    arrived = at < whole.length ? whole.subarray(at) : undefined;
  });
  socket.on('error', (failure) => ended(String(failure)));
  return { close: () => socket.destroy() };
}
