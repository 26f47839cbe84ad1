/**
 * One WebSocket as the hub writes to it: whole text frames to the raw socket, everything of a tick
 * in one write.
 *
 * This stands beside `ws` because all it writes are whole frames and compression is off, so that
 * both only ever meet at frame borders (GATEWAY 4.5: ten times the deliveries of `ws.send`).
 */
import type { Duplex } from 'node:stream';
import type { Lane } from './sink.ts';

/** Frames that a client may have unanswered. The kernel takes megabytes: bytes say little. */
export const windowFrames = 64;
/** Bytes that may wait in the process for one client. */
export const highWaterBytes = 64 * 1024;
/** A client that leaves a ping unanswered for so long has gone. */
export const pongTimeoutMs = 60_000;

const finalText = '\x81';

/** A server's frame header, one character a byte (RFC 6455, 5.2). */
export const frameHeader = (payloadBytes: number): string => {
  if (payloadBytes < 126) return finalText + String.fromCharCode(payloadBytes);
  if (payloadBytes < 65_536) {
    return `${finalText}\x7e${String.fromCharCode(payloadBytes >> 8, payloadBytes & 255)}`;
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(payloadBytes));
  return `${finalText}\x7f${length.toString('latin1')}`;
};

const pingPayload = '{"type":"ping"}';
const pingFrame = frameHeader(pingPayload.length) + pingPayload;

export type LaneSocket = {
  readonly raw: Duplex;
  isOpen(): boolean;
  /** For a client that is no more: without a closing handshake. */
  terminate(): void;
};

export class SocketLane implements Lane {
  readonly #socket: LaneSocket;
  readonly #monotonicMs: () => number;
  #out = '';
  #unanswered = 0;
  /** What the next pong answers for; 0 when no ping is out. */
  #asked = 0;
  #askedAtMs = 0;

  constructor(socket: LaneSocket, monotonicMs: () => number) {
    this.#socket = socket;
    this.#monotonicMs = monotonicMs;
  }

  room(): boolean {
    if (this.#unanswered < windowFrames) {
      return this.#socket.raw.writableLength + this.#out.length < highWaterBytes;
    }
    if (this.#monotonicMs() - this.#askedAtMs > pongTimeoutMs) this.#socket.terminate();
    return false;
  }

  /** @param payload one character a byte */
  add(payload: string): void {
    this.#out += frameHeader(payload.length) + payload;
    this.#unanswered += 1;
    if (this.#asked === 0 && this.#unanswered >= windowFrames / 2) this.#ping();
  }

  flush(): void {
    const out = this.#out;
    this.#out = '';
    if (out !== '' && this.#socket.isOpen()) this.#socket.raw.write(out, 'latin1');
  }

  /** The client has taken everything that was sent before the ping. */
  pong(): void {
    this.#unanswered -= this.#asked;
    this.#asked = 0;
    if (this.#unanswered < windowFrames / 2) return;
    this.#ping();
    this.flush();
  }

  #ping(): void {
    this.#asked = this.#unanswered;
    this.#askedAtMs = this.#monotonicMs();
    this.#out += pingFrame;
  }
}
