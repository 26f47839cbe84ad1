/** Entries of a JSON file, one after the other. */
import type { WrittenEntry } from './csv-entries.ts';
import { jsonTexts } from './json-texts.ts';
import {
  formatOfEntry,
  type StockEntry,
  type StockFormat,
  stockFormats,
  UnknownStockFile,
} from './stock-formats.ts';

const listNames = stockFormats.flatMap(({ lists }) => lists);

const isEntry = (value: unknown): value is StockEntry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object, or the reason why it is none. */
function parseEntry(text: string | undefined): StockEntry | string {
  if (text === undefined) return 'the file ends before this entry does';
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : 'it is not an object';
  } catch {
    return 'it is not JSON';
  }
}

/** @throws UnknownStockFile when its first object is none that we know, or there is no object */
export async function* jsonEntries(text: AsyncIterable<string>): AsyncGenerator<WrittenEntry> {
  let format: StockFormat | undefined;
  let refused = 0;
  for await (const { line, list, text: json } of jsonTexts(text, listNames)) {
    const entry = parseEntry(json);
    if (typeof entry === 'string') {
      refused += 1;
      yield { type: 'refused', line, reason: entry };
      continue;
    }
    format ??= formatOfEntry(list, entry);
    yield { type: 'written', line, row: format.read(entry) };
  }
  if (refused > 0 && !format) throw new UnknownStockFile('The file has no entry that can be read');
}
