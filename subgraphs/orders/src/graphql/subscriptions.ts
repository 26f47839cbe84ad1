/**
 * An order, live: where it stands, then every fact in order, resumable without a gap or a repeat
 * (DESIGN 7).
 */
import type { Clock } from '@holdfast/chassis/clock';
import { Overloaded } from '@holdfast/chassis/lane/lane';
import type { OrderId } from '@holdfast/schema/identifiers';
import { heartbeatMs } from '../config.ts';
import type { Instant } from '../order/events.ts';
import type { HistoryEntry } from '../order/order.ts';
import type { OrderView } from '../order/view.ts';
import type { OrderListeners } from '../order-listeners.ts';
import type { OrderReader } from '../order-reader.ts';
import { createSleeper, type Sleeper } from '../sleeper.ts';

export type OrderMessage =
  | { readonly __typename: 'OrderSnapshot'; readonly order: OrderView; readonly cursor: string }
  | {
      readonly __typename: 'OrderChange';
      readonly order: OrderView;
      readonly event: HistoryEntry;
      readonly cursor: string;
    }
  | { readonly __typename: 'Heartbeat'; readonly asOf: Instant; readonly cursor: string }
  | { readonly __typename: 'Reset'; readonly reason: string };

export type OrderMessagesParts = {
  readonly reader: OrderReader;
  readonly listeners: OrderListeners;
  readonly clock: Clock;
  /** The store's id: a cursor of another store says nothing here. */
  readonly epoch: string;
};

/**
 * @param mayRead false: the order is as good as absent
 * @param after the last cursor seen; undefined: from where the order stands
 * @returns undefined when there is no such order
 */
export type OrderMessages = (
  id: OrderId,
  mayRead: (order: OrderView) => boolean,
  after: string | undefined,
) => Promise<AsyncGenerator<OrderMessage, void> | undefined>;

export function createOrderMessages(parts: OrderMessagesParts): OrderMessages {
  const { reader, listeners, clock } = parts;
  return async (id, mayRead, after) => {
    const sleeper = createSleeper(clock);
    // Before the first look: what changes between look and sleep is not missed.
    const stopListening = listeners.listen(id, sleeper.wake);
    let ended = false;
    const end = () => {
      ended = true;
      stopListening();
      sleeper.wake();
    };
    try {
      const [order] = await reader.read([id]);
      if (order && mayRead(order)) {
        const live = messages({ ...parts, id, sleeper, ended: () => ended }, order, after);
        return endAtOnce(live, end);
      }
    } catch (failure) {
      end();
      throw failure;
    }
    end();
    return undefined;
  };
}

type Live = OrderMessagesParts & {
  readonly id: OrderId;
  readonly sleeper: Sleeper;
  readonly ended: () => boolean;
};

/** Nothing is queued: what a slow client has not heard yet is in the order's history. */
async function* messages(
  live: Live,
  first: OrderView,
  after: string | undefined,
): AsyncGenerator<OrderMessage, void> {
  const { clock, epoch } = live;
  const cursor = (version: number) => `${epoch}.${version}`;
  const heartbeat = (version: number): OrderMessage => ({
    ...{ __typename: 'Heartbeat', asOf: clock.now(), cursor: cursor(version) },
  });
  const resumed = after === undefined ? undefined : versionOfCursor(after, epoch, first.version);
  let sent = resumed ?? first.version;
  if (resumed === undefined) {
    if (after !== undefined)
      yield { __typename: 'Reset', reason: 'The cursor is not of this order here.' };
    yield { __typename: 'OrderSnapshot', order: first, cursor: cursor(sent) };
  }
  let order: OrderView | undefined = first;
  // Who resumes is told once when everything missed has been sent.
  let markDue = after !== undefined;
  for (let beatAt = clock.now() + heartbeatMs; order && !live.ended(); ) {
    for (const event of order.history.slice(sent)) {
      sent += 1;
      yield { __typename: 'OrderChange', order, event, cursor: cursor(sent) };
    }
    if (markDue) yield heartbeat(sent);
    markDue = false;
    await live.sleeper.sleep(Math.max(0, beatAt - clock.now()));
    if (live.ended()) return;
    order = await look(live);
    if (clock.now() < beatAt) continue;
    // After what was just read: a heartbeat says that nothing older is missing.
    markDue = true;
    beatAt = clock.now() + heartbeatMs;
  }
}

/** A full lane delays a subscription and does not end it. */
async function look({ reader, clock, id, ended }: Live): Promise<OrderView | undefined> {
  while (!ended()) {
    try {
      const [order] = await reader.read([id]);
      return order;
    } catch (failure) {
      if (!(failure instanceof Overloaded)) throw failure;
      await createSleeper(clock).sleep(failure.retryAfterMs);
    }
  }
  return undefined;
}

const cursorShape = /^(.+)\.([1-9][0-9]{0,8})$/;

/** Undefined for a cursor of another store, of a version that is not known, or of no shape. */
function versionOfCursor(after: string, epoch: string, known: number): number | undefined {
  const [, cursorEpoch, text] = cursorShape.exec(after) ?? [];
  const version = Number(text);
  return cursorEpoch === epoch && version <= known ? version : undefined;
}

/** A generator that waits would hear of its end only after the wait; this one is woken for it. */
function endAtOnce<Message>(
  generator: AsyncGenerator<Message, void>,
  end: () => void,
): AsyncGenerator<Message, void> {
  return {
    async next() {
      try {
        const result = await generator.next();
        if (result.done) end();
        return result;
      } catch (failure) {
        end();
        throw failure;
      }
    },
    return(value) {
      end();
      return generator.return(value);
    },
    throw(failure) {
      end();
      return generator.throw(failure);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      end();
      await generator.return();
    },
  };
}
