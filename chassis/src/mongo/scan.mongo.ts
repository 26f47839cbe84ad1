import type { Collection, Document, Filter } from 'mongodb';
import { type Clock, pause } from '../clock.ts';

export type Scanning = {
  readonly clock: Clock;
  /** So many at most. */
  readonly rowsMax: number;
};

const batchRows = 500;
/** As long as a batch took, so many times: most of a core is left to those who wait for answers. */
const restTimes = 3;

/**
 * Rows of a collection in no order, found by reading all of it: a batch, then a rest.
 *
 * @param fields that are wanted of each
 */
export async function scanned<Row extends Document>(
  rows: Collection<Row>,
  wanted: { readonly filter: Filter<Row>; readonly fields: readonly (keyof Row & string)[] },
  { clock, rowsMax }: Scanning,
): Promise<Row[]> {
  const projection = Object.fromEntries(wanted.fields.map((field) => [field, 1]));
  // No time limit for the whole, which would count the rests too: each batch is a question.
  const cursor = rows.find(wanted.filter, { projection, limit: rowsMax, batchSize: batchRows });
  const found: Row[] = [];
  try {
    for (;;) {
      const startedAt = clock.now();
      if (!(await cursor.hasNext())) return found;
      found.push(...(cursor.readBufferedDocuments() as Row[]));
      const isLast = cursor.id?.isZero() ?? true;
      if (!isLast) await pause(clock, restTimes * (clock.now() - startedAt));
    }
  } finally {
    await cursor.close();
  }
}
