/** What a subgraph process is told of a call besides its body, signed with the shared secret. */
import {
  afterHeader,
  callerHeader,
  callerText,
  type SecretKey,
  signatureHeader,
  signatureOf,
  timeHeader,
  traceHeader,
  traceparentHeader,
} from '@holdfast/schema/signed-call';
import { asTraceparent } from '@holdfast/schema/tracing';
import type { GatewayContext } from '../execution/federation.ts';

/** @returns pairs of name and value; good for some seconds, at any process of the subgraph */
export const signedHeaders = (
  path: string,
  body: string,
  { caller, traceId, trace, after, cursors }: GatewayContext,
  { key, nowMs }: { readonly key: SecretKey; readonly nowMs: number },
): string[] => {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    [traceHeader]: traceId,
    [callerHeader]: callerText(caller),
    [timeHeader]: String(Math.floor(nowMs)),
  };
  const traceparent = asTraceparent(trace);
  if (traceparent !== undefined) headers[traceparentHeader] = traceparent;
  // What a mutation did is seen by the fetches that complete its answer, too.
  const seen = cursors.at(-1) ?? after;
  if (seen !== undefined) headers[afterHeader] = seen;
  headers[signatureHeader] = signatureOf({ method: 'POST', path, headers, body }, key);
  const pairs: string[] = [];
  for (const name in headers) pairs.push(name, headers[name] ?? '');
  return pairs;
};
