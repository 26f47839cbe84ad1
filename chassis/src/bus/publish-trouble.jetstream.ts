/** Why a stream takes nothing although its server is connected, for whoever can mend that. */
import type { Clock, Instant } from '../clock.ts';
import { isCode } from '../nats/jetstream-failures.jetstream.ts';
import { Disconnected } from '../nats/nats-connection.jetstream.ts';
import { WindowAborted } from './publish-window.ts';

/** A stream that is made anew, or has a new leader, takes nothing for a moment. */
const toldAfterMs = 3_000;
/** Its bytes, its messages, or what the account may store. */
const fullCodes = [10_077, 10_047, 10_023] as const;

export type PublishTrouble = {
  succeeded(): void;
  failed(failure: unknown): void;
  /** One sentence that names the fix; undefined while all is well, or nothing was sent. */
  sentence(): string | undefined;
};

export const isFull = (failure: unknown): boolean =>
  fullCodes.some((code) => isCode(failure, code));

/** @param stream with its place, e.g. `LOG at nats://host:4222` */
export function publishTrouble(clock: Clock, stream: string): PublishTrouble {
  let since: Instant | undefined;
  let last: unknown;
  return {
    succeeded() {
      since = undefined;
    },
    failed(failure) {
      // Not sent, or told elsewhere.
      if (failure instanceof Disconnected || failure instanceof WindowAborted) return;
      since ??= clock.now();
      last = failure;
    },
    sentence() {
      if (since === undefined || clock.now() - since < toldAfterMs) return undefined;
      if (isFull(last)) return `The stream ${stream} is full: raise its limit.`;
      // A nats-server from 2.14 on takes nothing into a stream that has met a full disk until then.
      return (
        `The stream ${stream} takes nothing although its server answers: ` +
        'see that its disk has room, then restart that nats-server.'
      );
    },
  };
}
