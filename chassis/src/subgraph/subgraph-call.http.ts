/** POST /graphql of a subgraph process: one signed query or mutation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  afterHeader,
  callerHeader,
  nothingDoneHeader,
  parseCaller,
  traceHeader,
  traceparentHeader,
} from '@holdfast/schema/signed-call';
import { asTraceparent } from '@holdfast/schema/tracing';
import type { Clock } from '../clock.ts';
import { retryAfterMs } from '../lane/lane.ts';
import type { Door, SignedRequest } from './signed-request.http.ts';
import { type Asked, parseCall, refusedAnswer, type SubgraphRunner } from './subgraph-call.ts';
import type { DoorBounds } from './subgraph-door-bounds.ts';

export type DoorParts = {
  readonly runner: SubgraphRunner;
  readonly clock: Clock;
  readonly bounds: DoorBounds;
  readonly closing: () => boolean;
};

export const sendJson = (
  response: ServerResponse,
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void => {
  // The gateway went away: there is nobody to tell.
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
};

/** Says that nothing of the call was done, so that a gateway may ask another process. */
export const turnAway = (response: ServerResponse, why: 'stopping' | 'overloaded'): void => {
  const text =
    why === 'stopping'
      ? refusedAnswer('UNAVAILABLE', 'This process is stopping.')
      : refusedAnswer('OVERLOADED', 'Too many calls at once.', { retryAfterMs });
  const closing = why === 'stopping' ? { connection: 'close' } : {};
  sendJson(response, text, 503, { [nothingDoneHeader]: why, ...closing });
};

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** @returns undefined for what is no call of ours, however well it is signed */
export const readAsked = ({ request, body }: SignedRequest): Asked | undefined => {
  const call = parseCall(body.toString('utf8'));
  const caller = parseCaller(request.headers[callerHeader]);
  if (call === undefined || caller === undefined) return undefined;
  const traceId = headerOf(request, traceHeader) ?? '';
  const trace = asTraceparent(headerOf(request, traceparentHeader));
  const after = headerOf(request, afterHeader);
  return { call, request: { caller, traceId, trace, after, cursors: [] } };
};

/** Sent with an answer that another process may better. */
const elsewhereHeaders = { [nothingDoneHeader]: 'elsewhere' };

export const badCall = (response: ServerResponse): void =>
  sendJson(response, refusedAnswer('BAD_REQUEST', 'This is no call of a gateway.'), 400);

/** The answer, or that nobody waits for one any more; the work itself goes on in both cases. */
const awaited = (
  work: Promise<string>,
  response: ServerResponse,
  { clock, bounds }: DoorParts,
): Promise<string | 'gone'> =>
  new Promise((resolve, reject) => {
    const late = refusedAnswer('TIMEOUT', 'The subgraph did not answer in time.');
    const cancel = clock.after(bounds.answerMs, () => resolve(late));
    response.once('close', () => resolve('gone'));
    work.then(resolve, reject).finally(cancel);
  });

export const createCallDoor = (parts: DoorParts): Door => {
  const { runner, bounds, closing } = parts;
  let running = 0;
  return async (call) => {
    const { response } = call;
    if (closing()) return turnAway(response, 'stopping');
    if (running >= bounds.callsMax) return turnAway(response, 'overloaded');
    const asked = readAsked(call);
    if (asked === undefined) return badCall(response);
    running += 1;
    try {
      let headers = {};
      const askElsewhere = () => {
        headers = elsewhereHeaders;
      };
      const request = { ...asked.request, askElsewhere };
      const text = await awaited(runner.answer({ ...asked, request }), response, parts);
      if (text !== 'gone') sendJson(response, text, 200, headers);
    } finally {
      running -= 1;
    }
  };
};
