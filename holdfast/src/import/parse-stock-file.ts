/**
 * A stock file of any format that we know, as counts. Pure: text in, rows out, one after the other,
 * so that a file may be longer than memory.
 *
 * A row that cannot be taken is refused alone, with its line and a reason; the others are kept. Of
 * several rows that count the same units (one SKU at one location in one condition) the first is
 * kept and each other one refused with both lines: a sum would be no count, and the last one would
 * silently undo another.
 */
import type { LocationCode } from '@holdfast/schema/identifiers';
import { csvEntries } from './csv-entries.ts';
import { type FileParts, fileText, firstCharacter } from './file-text.ts';
import { jsonEntries } from './json-entries.ts';
import { type CountedRow, parseRow, type StockFileRow } from './stock-row.ts';

/** Names the units that a row counts; a row that also says where none are counts them all. */
const countedUnits = ({ sku, location, condition, noneIn }: CountedRow): string =>
  noneIn.length > 0 ? `${sku}\n${location}` : `${sku}\n${location}\n${condition}`;

/**
 * @param elsewhere the location of rows that name none; without it they are refused
 * @throws UnknownStockFile when the file as a whole is none that we know
 */
export async function* parseStockFile(
  parts: FileParts,
  elsewhere?: LocationCode,
): AsyncGenerator<StockFileRow> {
  const { first, text } = await firstCharacter(fileText(parts));
  const entries = first === '{' || first === '[' ? jsonEntries(text) : csvEntries(text);
  const lineOf = new Map<string, number>();
  for await (const entry of entries) {
    if (entry.type === 'refused') {
      yield entry;
      continue;
    }
    const row = parseRow(entry.line, entry.row, elsewhere);
    if (row.type === 'refused') {
      yield row;
      continue;
    }
    const counted = countedUnits(row);
    const before = lineOf.get(counted);
    if (before === undefined) {
      lineOf.set(counted, row.line);
      yield row;
    } else {
      const reason = `it counts the same units as line ${before}, which was taken`;
      yield { type: 'refused', line: row.line, reason };
    }
  }
}
