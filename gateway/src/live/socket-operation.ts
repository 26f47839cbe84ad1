/** A live operation as graphql-ws sees it: an iterator that stays silent, for the hub writes. */
import type { GraphQLError } from 'graphql';
import type { Hub } from './hub.ts';
import { LiveRefused } from './live-errors.ts';
import type { LiveRequest } from './live-plan.ts';
import { errorsOf } from './runtime.ts';
import { type Sink, wireText } from './sink.ts';
import type { SocketLane } from './socket-lane.ts';

/** graphql-ws tells the client of its end: by an error, or by nothing when the client left. */
export type SilentOperation = AsyncIterableIterator<never, undefined, undefined> & {
  return(): Promise<IteratorReturnResult<undefined>>;
};

const socketSink = (
  lane: SocketLane,
  id: string,
  end: { fail(errors: readonly GraphQLError[]): void; overflow(): void },
): Sink => {
  const prefix = wireText(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return {
    lane,
    room: () => lane.room(),
    next: (body) => lane.add(`${prefix}${body}}`),
    ...end,
  };
};

/**
 * @param overflow closes the socket: the client is too slow for what it asked
 */
export const startLive = (
  hub: Hub,
  request: LiveRequest,
  lane: SocketLane,
  id: string,
  overflow: () => void,
): SilentOperation => {
  const ended = Promise.withResolvers<IteratorReturnResult<undefined>>();
  // It may end before graphql-ws has come to wait for it.
  ended.promise.catch(() => undefined);
  const fail = (errors: readonly GraphQLError[]) => ended.reject(new LiveRefused(errors));
  let leave = () => {};
  try {
    leave = hub.subscribe(request, socketSink(lane, id, { fail, overflow }));
  } catch (error) {
    fail(errorsOf(error)); // Thrown here, it would close the socket.
  }
  const finish = () => {
    leave();
    ended.resolve({ done: true, value: undefined });
    return ended.promise;
  };
  const operation: SilentOperation = {
    [Symbol.asyncIterator]: () => operation,
    next: () => ended.promise,
    return: finish,
  };
  return operation;
};
