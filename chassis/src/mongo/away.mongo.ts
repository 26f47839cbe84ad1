/** What MongoDB's driver says while no server answers, told in a way that callers can know. */
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { StoreAway } from '../store-failure.ts';
import { duplicateKey } from './failure.mongo.ts';

/**
 * From MongoDB's list of error codes: the request is wrong, or was decided (a duplicate key).
 * Whatever else a server refuses is its state, e.g. no primary, no disk, users that are being
 * changed: a system that runs waits until that is mended.
 */
const ofRequests: readonly unknown[] = [
  ...[2, 9, 14, 20, 22, 40, 52, 57, 59, 66, 72, 73, 115, 121, 238],
  ...[10_334, duplicateKey],
];

/** Of a socket whose other end is just closing: the driver passes them on as Node gives them. */
const socketCodes: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ETIMEDOUT'];

const isOfSocket = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && socketCodes.includes(failure.code);

const isAway = (failure: unknown): boolean =>
  // A bulk wraps what became of it as a whole.
  (failure instanceof MongoBulkWriteError && isAway(failure.errorResponse)) ||
  (failure instanceof MongoServerError && !ofRequests.includes(failure.code)) ||
  isOfSocket(failure) ||
  failure instanceof MongoNetworkError ||
  failure instanceof MongoServerSelectionError ||
  failure instanceof MongoNotConnectedError ||
  // The class is not the driver's to give: all connections were busy for too long.
  (failure instanceof MongoError && failure.name === 'MongoWaitQueueTimeoutError');

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
