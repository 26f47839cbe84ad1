/** The bounds of the live part (INTERFACE "On the wire", GATEWAY 4.5). */
import { type LiveClock, systemClock } from './live-clock.ts';

export type LiveSettings = {
  readonly clock: LiveClock;
  /** Sockets and streams together; 10,000 cost about 280 MB (GATEWAY 4.5). */
  readonly connectionsMax: number;
  readonly subscriptionsPerSocketMax: number;
  readonly messageBytesMax: number;
  readonly initTimeoutMs: number;
  /** How long a client may take for the closing handshake at a shutdown. */
  readonly closeTimeoutMs: number;
  /** Server-sent events: how often a comment tells proxies that the stream lives. */
  readonly commentPeriodMs: number;
};

export const liveSettings: LiveSettings = {
  clock: systemClock,
  connectionsMax: 20_000,
  subscriptionsPerSocketMax: 50,
  messageBytesMax: 100 * 1024,
  initTimeoutMs: 3_000,
  closeTimeoutMs: 1_500,
  commentPeriodMs: 15_000,
};

/** Close codes beside those of the protocol. A stock client retries after 1012 and 1013. */
export const closeCode = {
  restart: 1012,
  /** A slow client of a stream that may not drop: it resumes after its last cursor. */
  tryAgainLater: 1013,
  unauthorized: 4401,
  forbidden: 4403,
  internal: 4500,
} as const;
