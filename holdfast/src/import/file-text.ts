/** The text of a file, part by part: UTF-8, without a byte order mark, its lines ended by `\n`. */
import { UnknownStockFile } from './stock-formats.ts';

export type FileParts = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** @throws UnknownStockFile for bytes that are no UTF-8: guessing would invent names */
export async function* fileText(parts: FileParts): AsyncGenerator<string> {
  // It also drops the byte order mark.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // A carriage return at the end of a part waits: the next part may begin with its line feed.
  let held = '';
  const decode = (part?: Uint8Array): string => {
    try {
      return decoder.decode(part, { stream: part !== undefined });
    } catch (cause) {
      throw Object.assign(new UnknownStockFile('The file is not UTF-8 text'), { cause });
    }
  };
  for await (const part of parts) {
    const text = held + decode(part);
    held = text.endsWith('\r') ? '\r' : '';
    const whole = held ? text.slice(0, -1) : text;
    if (whole) yield whole.replaceAll('\r\n', '\n');
  }
  const rest = held + decode();
  if (rest) yield rest;
}

/** The first character that is neither blank nor a line's end, and the text with all of it. */
export async function firstCharacter(
  text: AsyncGenerator<string>,
): Promise<{ readonly first: string; readonly text: AsyncGenerator<string> }> {
  let read = '';
  for (;;) {
    const { value, done } = await text.next();
    read += value ?? '';
    const first = read.trimStart().at(0) ?? '';
    if (first === '' && !done) continue;
    return { first, text: resumed(read, text) };
  }
}

async function* resumed(read: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield read;
  yield* rest;
}
