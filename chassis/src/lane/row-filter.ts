/** Says of most ids that there is certainly no row, once it has learned which rows there are. */
import { type Clock, pause } from '../clock.ts';
import { awayOnly } from '../store-failure.ts';
import { idFilter } from './id-filter.ts';

const pageIds = 5_000;
const pauseMs = 5;
const againMs = 1_000;
/** With more, most ids would be taken for ones that are there. */
const idsMax = 2 ** 22;

/** Ids in order, those after one; at most so many. */
export type ListIds = (after: string, limit: number) => Promise<readonly string[]>;

export type RowFilter = {
  /** There will be a row of it. */
  add(id: string): void;
  /** True when there is none for certain, and nobody has added it. */
  isAbsent(id: string): boolean;
  /**
   * Learns which rows there are; until then nothing is certain. Each row is listed, or was added
   * here, or its commit was not this lane's to know.
   */
  fill(list: ListIds, clock: Clock, stopped: () => boolean): Promise<void>;
};

/** Waits for a store that is away: until then each new id costs a look of its own. */
async function pageOf(
  list: ListIds,
  after: string,
  clock: Clock,
  stopped: () => boolean,
): Promise<readonly string[] | undefined> {
  while (!stopped()) {
    const ids = await list(after, pageIds).catch(awayOnly);
    if (ids !== 'away') return ids;
    await pause(clock, againMs);
  }
  return undefined;
}

export function rowFilter(): RowFilter {
  const filter = idFilter();
  let knowsRows = false;
  return {
    add: filter.add,
    isAbsent: (id) => knowsRows && !filter.maybe(id),

    async fill(list, clock, stopped) {
      let after = '';
      // In pages with a pause between them: a start must not wait for a day's worth of ids.
      for (let count = 0; count < idsMax; count += pageIds) {
        const ids = await pageOf(list, after, clock, stopped);
        if (!ids) return;
        for (const id of ids) filter.add(id);
        if (ids.length < pageIds) {
          knowsRows = true;
          return;
        }
        after = ids.at(-1) ?? after;
        await pause(clock, pauseMs);
      }
    },
  };
}
