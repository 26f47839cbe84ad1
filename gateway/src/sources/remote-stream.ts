/** A subscription at one process of a subgraph; who reads it opens it again where it was lost. */
import { nothingDoneHeader } from '@holdfast/schema/signed-call';
import type { ExecutionResult } from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import type { DataSource } from '../execution/federation.ts';
import { type Address, noteAnswer, noteFailure } from './addresses.ts';
import type { Posted } from './http-post.ts';
import { type Lines, type Opening, openLines } from './http-stream.ts';
import type { RemoteParts } from './remote-call.ts';
import { signedHeaders } from './signed-headers.ts';
import { parseResult, parseText, refused } from './subgraph-answer.ts';

const path = '/graphql/stream';

/** Counts as one of its address's streams until it ends, however it does. */
const events = (
  lines: Lines,
  address: Address,
  parts: RemoteParts,
): AsyncIterableIterator<ExecutionResult> => {
  let isOpen = true;
  const over = () => {
    if (isOpen) address.streams -= 1;
    isOpen = false;
  };
  address.streams += 1;
  const results: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]: () => results,
    next: async () => {
      try {
        const { value, done } = await lines.next();
        if (done !== true) return { value: parseText(value, parts.name), done: false };
        over();
        return { value: undefined, done: true };
      } catch (cause) {
        over();
        noteFailure(address, parts.clock.monotonicMs());
        throw cause;
      }
    },
    return: async () => {
      over();
      await lines.return();
      return { value: undefined, done: true };
    },
  };
  return results;
};

/** @returns undefined when another process should be asked */
const openAt = async (
  address: Address,
  posting: Opening,
  parts: RemoteParts,
): Promise<AsyncIterableIterator<ExecutionResult> | Posted | undefined> => {
  let opened: Lines | Posted;
  try {
    opened = await openLines(address.origin, posting, parts.clock);
  } catch {
    // Whatever it was: nothing is lost by opening it elsewhere, and the bound on tries reports it.
    noteFailure(address, parts.clock.monotonicMs());
    return undefined;
  }
  if (!('status' in opened)) {
    noteAnswer(address);
    return events(opened, address, parts);
  }
  if (opened.headers[nothingDoneHeader] === 'stopping' || opened.status >= 502) {
    if (opened.headers[nothingDoneHeader] !== 'overloaded') {
      noteFailure(address, parts.clock.monotonicMs());
    }
    return undefined;
  }
  return opened;
};

export const remoteSubscribe =
  (parts: RemoteParts): DataSource['subscribe'] =>
  async ({ query, variables, operationName }, context) => {
    const { name, key, clock, pick, timeoutMs } = parts;
    const body = JSON.stringify({ query, variables, operationName });
    const headers = signedHeaders(path, body, context, { key, nowMs: clock.now() });
    const endsAtMs = clock.monotonicMs() + timeoutMs;
    const tried = new Set<Address>();
    for (;;) {
      const address = pick('streams', tried);
      const leftMs = endsAtMs - clock.monotonicMs();
      if (address === undefined || leftMs <= 0) break;
      tried.add(address);
      const opened = await openAt(address, { path, body, headers, timeoutMs: leftMs }, parts);
      if (opened === undefined) continue;
      return 'status' in opened ? refused(parseResult(opened, name)) : opened;
    }
    throw refusal('UNAVAILABLE', `${name} cannot be reached.`);
  };
