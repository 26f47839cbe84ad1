import { MongoBulkWriteError, MongoServerError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { StoreAway } from '../store-failure.ts';
import { tellingAway } from './away.mongo.ts';

/** As Node gives it for a socket whose other end is closing; the driver passes it on as it is. */
const socketError = (code: string) =>
  Object.assign(new Error('This socket has been ended by the other party'), { code });

const bulkOf = (failure: Error) =>
  new MongoBulkWriteError(failure as never, { insertedCount: 0 } as never);

const telling = (failure: unknown) =>
  tellingAway({ read: (): Promise<never> => Promise.reject(failure) }).read();

describe('a store that is away', () => {
  it.each(['EPIPE', 'ECONNRESET', 'ETIMEDOUT'])(
    'is told from a socket that ended by %s',
    async (code) => {
      await expect(telling(socketError(code))).rejects.toThrow(StoreAway);
      await expect(telling(bulkOf(socketError(code)))).rejects.toThrow(StoreAway);
    },
  );

  it.each([
    ['is out of disk', 14_031],
    ['fails inside, as FerretDB says of a full disk', 1],
    ['cannot read by majority yet', 134],
    ['no longer knows us, while its users are changed', 13],
    ['says what nobody knew of yet', 99_999],
  ])('is told from a server that %s', async (_, code) => {
    const refused = new MongoServerError({ message: 'not now', code });
    await expect(telling(refused)).rejects.toThrow(StoreAway);
    await expect(telling(bulkOf(refused))).rejects.toThrow(StoreAway);
  });

  it.each([2, 9, 14, 72, 10_334])('is not told from a wrong request: %s', async (code) => {
    const refused = new MongoServerError({ message: 'what is that?', code });
    await expect(telling(refused)).rejects.toBe(refused);
  });

  it('is not told from what a server that is there has decided, nor from a bug', async () => {
    const refused = new MongoServerError({ message: 'duplicate key', code: 11_000 });
    await expect(telling(refused)).rejects.toBe(refused);
    const bulk = bulkOf(refused);
    await expect(telling(bulk)).rejects.toBe(bulk);
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await expect(telling(full)).rejects.toBe(full);
    const bug = new TypeError('undefined is not a function');
    await expect(telling(bug)).rejects.toBe(bug);
  });
});
