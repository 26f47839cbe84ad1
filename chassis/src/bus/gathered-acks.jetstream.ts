/**
 * Acknowledgements, sent together: each by itself is a write to a socket and wakes the broker,
 * which costs more than what it acknowledges. A consumer's position is its own, so none is urgent.
 */
import type { JsMsg } from '@nats-io/jetstream';
import type { Clock } from '../clock.ts';

export type GatheredAcks = {
  add(message: JsMsg): void;
  /** Not sent yet. */
  count(): number;
  /** Sends nothing more: the broker forgets who it was for. */
  stop(): void;
};

/** Far shorter than the broker waits for one. */
const gatherMs = 50;

/** @param most gathered: the broker sends nothing new while too many are missing */
export function gatheredAcks(clock: Clock, most: number): GatheredAcks {
  const gathered: JsMsg[] = [];
  let cancel: (() => void) | undefined;
  let isStopped = false;

  const send = () => {
    cancel?.();
    cancel = undefined;
    for (const message of gathered.splice(0)) message.ack();
  };

  return {
    add(message) {
      if (isStopped) return;
      gathered.push(message);
      if (gathered.length >= most) send();
      else cancel ??= clock.after(gatherMs, send);
    },
    count: () => gathered.length,
    stop() {
      isStopped = true;
      cancel?.();
      gathered.length = 0;
    },
  };
}
