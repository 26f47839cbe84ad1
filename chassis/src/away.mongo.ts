/** What MongoDB's driver says while no server answers, told in a way that callers can know. */
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { cannotWriteCodes } from './failure.mongo.ts';
import { StoreAway } from './store-failure.ts';

// From MongoDB's list of error codes: out of time, not or no longer the primary, shutting down.
const passingCodes: readonly unknown[] = [50, 91, 189, 10_107, 11_600, 11_602, 13_435, 13_436];

/** Of a server that is there and cannot write: what was asked may be asked again all the same. */
const awayCodes: readonly unknown[] = [...passingCodes, ...cannotWriteCodes];

/** Of a socket whose other end is just closing: the driver passes them on as Node gives them. */
const socketCodes: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ETIMEDOUT'];

const isOfSocket = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && socketCodes.includes(failure.code);

const isAway = (failure: unknown): boolean =>
  // A bulk wraps what became of it as a whole.
  (failure instanceof MongoBulkWriteError && isAway(failure.errorResponse)) ||
  isOfSocket(failure) ||
  failure instanceof MongoNetworkError ||
  failure instanceof MongoServerSelectionError ||
  failure instanceof MongoNotConnectedError ||
  // The class is not the driver's to give: all connections were busy for too long.
  (failure instanceof MongoError && failure.name === 'MongoWaitQueueTimeoutError') ||
  (failure instanceof MongoServerError && awayCodes.includes(failure.code));

type Ask = (...asked: never[]) => Promise<unknown>;

/** The same calls, whose failures are told as `StoreAway` while no server answers. */
export function tellingAway<Port extends Readonly<Record<keyof Port, Ask>>>(port: Port): Port {
  const told = Object.entries<Ask>(port).map(([name, ask]) => [
    name,
    async (...asked: never[]) => {
      try {
        return await ask(...asked);
      } catch (failure) {
        throw isAway(failure) ? new StoreAway(failure) : failure;
      }
    },
  ]);
  return Object.fromEntries(told) as Port;
}
