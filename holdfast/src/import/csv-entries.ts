/** Rows of a CSV file, one after the other, each by the names of its header. */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { formatOfHeader, type StockFormat, UnknownStockFile } from './stock-formats.ts';
import type { RefusedRow, WrittenRow } from './stock-row.ts';

export type WrittenEntry =
  | { readonly type: 'written'; readonly line: number; readonly row: WrittenRow }
  | RefusedRow;

/** A record with the number of lines read up to its end. */
type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

const lineBreaks = (record: readonly string[]): number =>
  record.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);

function writtenRow(
  format: StockFormat,
  header: readonly string[],
  line: number,
  record: readonly string[],
): WrittenEntry {
  if (record.length !== header.length) {
    const reason = `it has ${record.length} cells, the header has ${header.length}`;
    return { type: 'refused', line, reason };
  }
  const entry = Object.fromEntries(header.map((name, at) => [name, record[at]]));
  return { type: 'written', line, row: format.read(entry) };
}

/** @throws UnknownStockFile when nothing in it is a header that we know */
export async function* csvEntries(text: AsyncIterable<string>): AsyncGenerator<WrittenEntry> {
  let isOpen = false;
  const parser = parse({
    info: true,
    record_delimiter: '\n',
    skip_empty_lines: true,
    // Counted by ourselves, so that one bad row costs one row.
    relax_column_count: true,
    // An inch sign inside a cell is part of it.
    relax_quotes: true,
    skip_records_with_error: true,
    on_skip: () => {
      isOpen = true;
    },
  });
  // What fails on the way, e.g. text that is none, is thrown where the records are read.
  pipeline(Readable.from(text), parser, () => undefined);

  let header: readonly string[] | undefined;
  let format: StockFormat | undefined;
  let lastLine = 0;
  for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
    lastLine = info.lines;
    if (record.every((cell) => cell.trim() === '')) continue;
    if (!header || !format) {
      header = record.map((name) => name.trim().toLowerCase());
      format = formatOfHeader(header);
      continue;
    }
    yield writtenRow(format, header, info.lines - lineBreaks(record), record);
  }
  if (isOpen) {
    const reason = 'a quote opens in or after this line and is never closed; the rest was not read';
    yield { type: 'refused', line: lastLine + 1, reason };
  }
  if (!header) throw new UnknownStockFile('The file has no header');
}
