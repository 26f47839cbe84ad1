/**
 * The demo set of an empty store: the vendors' own samples, through the same door as any import.
 */
import { createReadStream, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseLocationCode } from '@holdfast/schema/identifiers';
import { askHere } from './ask.ts';
import type { Embedded } from './embedded.ts';
import { parseStockFile } from './import/parse-stock-file.ts';
import { countedOf, takeStock } from './take-stock.ts';

const samples = fileURLToPath(new URL('./import/samples', import.meta.url));

/** commercetools' sample names no channel; its units have to be somewhere. */
const elsewhere = parseLocationCode('main');

/** Rows taken. */
export async function importDemo(embedded: Embedded): Promise<number> {
  const ask = askHere(embedded);
  let taken = 0;
  for (const file of globSync('**/*.{csv,json}', { cwd: samples }).sort()) {
    const rows = parseStockFile(createReadStream(`${samples}/${file}`), elsewhere);
    await takeStock(
      ask,
      countedOf(rows, () => {}),
      ({ type }) => {
        if (type === 'counted') taken += 1;
      },
    );
  }
  return taken;
}
