/** Reads a body of bounded size. */
import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly type: 'read'; readonly text: string }
  | { readonly type: 'tooLarge' }
  /** The client went away in the middle. */
  | { readonly type: 'lost' };

/** What exceeds the bound is not read: its connection must be closed after the answer. */
export const readBody = (request: IncomingMessage, bytesMax: number): Promise<Body> =>
  new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      resolve({ type: 'tooLarge' });
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.pause();
        resolve({ type: 'tooLarge' });
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve({ type: 'read', text: whole.toString('utf8') });
    });
    // Also after an end, which has been told by then.
    request.on('close', () => resolve({ type: 'lost' }));
    request.on('error', () => resolve({ type: 'lost' }));
  });
