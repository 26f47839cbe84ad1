/**
 * Deliveries that are not settled, by their place in the stream: so that a consumer that was lost
 * goes on with the oldest of them, and what the application still has in hand is not given twice.
 */
import type { JsMsg } from '@nats-io/jetstream';
import type { Delivery } from './bus.ts';
import type { GatheredAcks } from './gathered-acks.jetstream.ts';

type Unsettled = {
  /** The newest copy: only that one can be acknowledged. */
  message: JsMsg;
  /** False when it was asked for again, and did not come yet. */
  inHand: boolean;
  attempt: number;
};

export type UnsettledMessages = {
  /** Undefined when the application has it in hand already. */
  take(message: JsMsg): Pick<Delivery, 'attempt' | 'ack' | 'nak'> | undefined;
  /** Where a new consumer has to begin; undefined when there was no message yet. */
  resumesAt(): number | undefined;
  /** What is known belongs to a stream that is no more. */
  forget(): void;
  sayWorking(): void;
  has(message: JsMsg): boolean;
  count(): number;
  inHand(): number;
};

/** Far more than any consumer may have pending. */
const unsettledMax = 10_000;

type State = {
  readonly acks: Pick<GatheredAcks, 'add'>;
  readonly unsettled: Map<number, Unsettled>;
  newest: number | undefined;
  inHand: number;
};

export function unsettledMessages(acks: Pick<GatheredAcks, 'add'>): UnsettledMessages {
  const state: State = { acks, unsettled: new Map(), newest: undefined, inHand: 0 };
  const { unsettled } = state;
  return {
    take: (message) => take(state, message),
    resumesAt() {
      if (state.newest === undefined) return undefined;
      return [...unsettled.keys()].reduce((least, seq) => Math.min(least, seq), state.newest + 1);
    },
    forget() {
      for (const one of unsettled.values()) one.inHand = false;
      unsettled.clear();
      state.inHand = 0;
      state.newest = undefined;
    },
    sayWorking() {
      for (const one of unsettled.values()) if (one.inHand) one.message.working();
    },
    has: ({ seq }) => unsettled.has(seq),
    count: () => unsettled.size,
    inHand: () => state.inHand,
  };
}

function take(state: State, message: JsMsg): ReturnType<UnsettledMessages['take']> {
  const { acks, unsettled } = state;
  forgetOldAsked(unsettled);
  const known = unsettled.get(message.seq);
  if (known?.inHand) {
    known.message = message;
    return undefined;
  }
  const attempt = Math.max(message.info.deliveryCount, (known?.attempt ?? 0) + 1);
  const one: Unsettled = { message, inHand: true, attempt };
  unsettled.set(message.seq, one);
  state.inHand += 1;
  state.newest = Math.max(state.newest ?? 0, message.seq);
  // A later delivery of the same message is another one, settled by who got it.
  const settle = (how: () => void) => {
    if (!one.inHand) return;
    one.inHand = false;
    state.inHand -= 1;
    how();
  };
  return {
    attempt,
    ack: () =>
      settle(() => {
        unsettled.delete(message.seq);
        acks.add(one.message);
      }),
    nak: (delayMs) => settle(() => one.message.nak(delayMs)),
  };
}

/** What was asked for again and has left the stream meanwhile never comes. */
function forgetOldAsked(unsettled: Map<number, Unsettled>): void {
  if (unsettled.size < unsettledMax) return;
  for (const [seq, one] of unsettled) if (!one.inHand) unsettled.delete(seq);
}
