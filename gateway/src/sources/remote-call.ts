/** One query or mutation, asked at the processes of a subgraph until one has answered. */
import { nothingDoneHeader, type SecretKey } from '@holdfast/schema/signed-call';
import type { GraphQLError } from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import type { DataSource } from '../execution/federation.ts';
import type { LiveClock } from '../live/live-clock.ts';
import { type Address, noteAnswer, noteFailure, ownerOf, type Pick } from './addresses.ts';
import { NothingSent, type Post, type Posted, PostTimeout, type Sending } from './http-post.ts';
import { placeOfCall } from './place-of-call.ts';
import { signedHeaders } from './signed-headers.ts';
import { parseResult, withCursor } from './subgraph-answer.ts';

const path = '/graphql';

/** What one process did with a call. */
type Tried =
  | { readonly type: 'answered'; readonly posted: Posted }
  /** It can be asked of another process, whatever it is. */
  | { readonly type: 'nothingDone'; readonly posted: Posted | undefined; readonly cause?: Error }
  /** It was sent, and may have been run or not. */
  | { readonly type: 'lost'; readonly cause: unknown };

export type RemoteParts = {
  readonly name: string;
  readonly key: SecretKey;
  readonly clock: LiveClock;
  readonly timeoutMs: number;
  readonly addresses: readonly Address[];
  readonly pick: Pick;
  readonly posts: ReadonlyMap<Address, Post>;
};

/**
 * What a planner prints begins with its operation, or with fragments. A query that is taken for a
 * mutation because of a text in it is only sent less often.
 */
const mutation = /(^|\})\s*mutation\b/;

const asksMutation = (query: string): boolean => !query.startsWith('query') && mutation.test(query);

const advice = 'Whether it took effect is not known; send it again with its idempotency key.';

const messageOf = (said: string, isMutation: boolean) => (isMutation ? `${said} ${advice}` : said);

const lostFailure = (name: string, isMutation: boolean, cause: unknown): GraphQLError => {
  const originalError = cause instanceof Error ? cause : undefined;
  return cause instanceof PostTimeout
    ? refusal('TIMEOUT', messageOf(`${name} did not answer in time.`, isMutation), {
        originalError,
      })
    : refusal('UNAVAILABLE', messageOf(`${name} cannot be reached.`, isMutation), {
        originalError,
      });
};

/** A proxy between us answers so when nobody is behind it. */
const isFromProxy = ({ status, text }: Posted): boolean => status >= 502 && !text.startsWith('{');

/** What a process that was asked has said. */
const heard = (posted: Posted, address: Address, clock: LiveClock): Tried => {
  const nothingDone = posted.headers[nothingDoneHeader];
  if (nothingDone === 'stopping') noteFailure(address, clock.monotonicMs());
  if (nothingDone === 'elsewhere') noteAnswer(address);
  if (nothingDone !== undefined) return { type: 'nothingDone', posted };
  if (isFromProxy(posted)) {
    noteFailure(address, clock.monotonicMs());
    return { type: 'lost', cause: new Error(`a proxy answered ${posted.status}`) };
  }
  noteAnswer(address);
  return { type: 'answered', posted };
};

const unheard = (cause: unknown): Tried =>
  cause instanceof NothingSent
    ? { type: 'nothingDone', posted: undefined, cause }
    : { type: 'lost', cause };

const tryAt = (
  address: Address,
  sending: Sending,
  timeoutMs: number,
  { posts, clock }: RemoteParts,
): Promise<Tried> => {
  const post = posts.get(address);
  if (post === undefined) throw new Error('An address has no connections.');
  address.running += 1;
  return post.send(sending, timeoutMs).then(
    (posted) => {
      address.running -= 1;
      return heard(posted, address, clock);
    },
    (cause: unknown) => {
      address.running -= 1;
      // Who has left says nothing about the process that was asked.
      if (!sending.signal?.aborted) noteFailure(address, clock.monotonicMs());
      return unheard(cause);
    },
  );
};

/** A whole answer that leaves something out says more than that a process takes nothing. */
const betterOf = (one: Posted | undefined, other: Posted | undefined): Posted | undefined =>
  one === undefined || other?.status === 200 ? other : one;

/** Where the call goes next; undefined when it has been everywhere that it may go. */
const nextAddress = (
  { pick }: RemoteParts,
  tried: ReadonlySet<Address>,
  lastLost: boolean,
): Address | undefined => pick('running', tried) ?? (lastLost ? pick('running') : undefined);

/** @param first who is asked first; whoever has least to do when left out */
const ask = async (
  sending: Sending,
  isMutation: boolean,
  parts: RemoteParts,
  first: Address | undefined,
): Promise<Posted> => {
  const { name, clock, timeoutMs } = parts;
  const endsAtMs = clock.monotonicMs() + timeoutMs;
  const tried = new Set<Address>();
  let last: Tried | undefined;
  let said: Posted | undefined;
  let lostCount = 0;
  let address = first ?? nextAddress(parts, tried, false);
  for (; address; address = nextAddress(parts, tried, lostCount === 1 && last.type === 'lost')) {
    tried.add(address);
    const leftMs = Math.max(1, endsAtMs - clock.monotonicMs());
    last = await tryAt(address, sending, leftMs, parts);
    if (last.type === 'answered') return last.posted;
    if (last.type === 'nothingDone') {
      said = betterOf(said, last.posted);
      continue;
    }
    lostCount += 1;
    const isOver = last.cause instanceof PostTimeout || sending.signal?.aborted === true;
    if (isMutation || isOver || lostCount > 1) throw lostFailure(name, isMutation, last.cause);
  }
  // All were asked and none did anything: one that said so itself says it best.
  if (last?.type === 'nothingDone' && said) return said;
  throw lostFailure(name, false, last?.type === 'nothingDone' ? last.cause : undefined);
};

export const remoteProcess =
  (parts: RemoteParts): DataSource['process'] =>
  async ({ query, variables, operationName }, context) => {
    const body = JSON.stringify({ query, variables, operationName });
    const { name, key, clock, addresses } = parts;
    const headers = signedHeaders(path, body, context, { key, nowMs: clock.now() });
    const sending = { path, body, headers, signal: context.signal };
    const place = placeOfCall(name, variables, context.caller.id);
    const owner = place === undefined ? undefined : ownerOf(addresses, place);
    const posted = await ask(sending, asksMutation(query), parts, owner);
    return withCursor(parseResult(posted, name), context);
  };
