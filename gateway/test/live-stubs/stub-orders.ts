/** One order's facts as a subgraph would tell them. */
import { GraphQLError } from 'graphql';
import { PushStream } from './push-stream.ts';

type Message = { readonly __typename: string; readonly [field: string]: unknown };

export const stubOrders = (orderId: string) => {
  let version = 1;
  const streams = new Set<PushStream<Message>>();
  const order = () => ({ id: orderId, version, lines: [{ sku: 'A', item: { sku: 'A' } }] });
  const cursor = (at: number) => `o1.${at}`;
  const changeAt = (at: number): Message => ({
    __typename: 'OrderChange',
    order: order(),
    event: { id: `event-${at}`, type: 'order.updated' },
    cursor: cursor(at),
  });
  return {
    change: () => {
      version += 1;
      for (const stream of streams) stream.push(changeAt(version));
    },
    open: (asked: { readonly orderId: string; readonly after?: string }) => {
      if (asked.orderId !== orderId) {
        throw new GraphQLError('No such order.', { extensions: { code: 'NOT_FOUND' } });
      }
      const stream: PushStream<Message> = new PushStream(() => streams.delete(stream));
      streams.add(stream);
      if (asked.after === undefined) {
        stream.push({ __typename: 'OrderSnapshot', order: order(), cursor: cursor(version) });
        return stream;
      }
      for (let at = Number(asked.after.split('.').at(-1)) + 1; at <= version; at += 1) {
        stream.push(changeAt(at));
      }
      stream.push({
        __typename: 'Heartbeat',
        asOf: '2026-11-21T09:30:00.000Z',
        cursor: cursor(version),
      });
      return stream;
    },
    lose: () => {
      for (const stream of [...streams]) void stream.return();
    },
    get streams() {
      return streams.size;
    },
  };
};

export type StubOrders = ReturnType<typeof stubOrders>;
