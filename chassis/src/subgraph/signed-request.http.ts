/** Lets in what is signed with the installation's secret, and nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSigned, isTimely, type SecretKey } from '@holdfast/schema/signed-call';
import type { Clock } from '../clock.ts';
import type { DoorBounds } from './subgraph-door-bounds.ts';

/** @returns `tooLarge`: the rest is not read; `lost`: the sender went away in the middle */
const readBytes = (
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | 'tooLarge' | 'lost'> =>
  new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      resolve('tooLarge');
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.pause();
        resolve('tooLarge');
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks));
    });
    // Also after an end, which has been told by then.
    request.on('close', () => resolve('lost'));
    request.on('error', () => resolve('lost'));
  });

type Reply = {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export const reply = (
  response: ServerResponse,
  { status, text = '', headers = {} }: Reply,
): void => {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'cache-control': 'no-store', ...headers, 'content-length': length });
  response.end(text);
};

/** Without a body, and the connection ends: what is left of the request is not read. */
const unread = (status: number): Reply => ({ status, headers: { connection: 'close' } });

/** A call whose sender is known: method, path, headers and body are as they were signed. */
export type SignedRequest = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
};

export type Door = (call: SignedRequest) => Promise<void>;

export type Admission = {
  readonly key: SecretKey;
  readonly clock: Clock;
  readonly bounds: DoorBounds;
};

/** @returns undefined when it has been answered: nothing of it may be run */
export const admit = async (
  request: IncomingMessage,
  response: ServerResponse,
  { key, clock, bounds }: Admission,
): Promise<SignedRequest | undefined> => {
  const { headers, method = '', url: path = '' } = request;
  // Whoever has no secret shall not even make this process read.
  if (!isTimely(headers, clock.now())) return void reply(response, unread(401));
  const body = await readBytes(request, bounds.bodyBytesMax);
  if (body === 'tooLarge') {
    return void reply(response, unread(413));
  }
  if (body === 'lost') return undefined;
  if (!isSigned({ method, path, headers, body }, key)) return void reply(response, { status: 401 });
  return { request, response, body };
};
