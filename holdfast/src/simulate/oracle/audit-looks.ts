/** What was shown of availability, against the book at the very fact that was shown. */
import type { Commit } from '@holdfast/chassis/commit';
import type { Look } from '../looks.ts';
import { catalogFact } from './inventory-facts.ts';
import {
  type CatalogBook,
  emptyBook,
  freeUnits,
  locationsOf,
  noteCatalog,
  rulesOf,
  type StockBook,
} from './stock-book.ts';
import type { Breach } from './stock-law.ts';

/** What lies where by now, of one lane or of several. */
export type Shelves = {
  /** Of a SKU so far. */
  facts(sku: string): number;
  /** Sellable units that nobody has; undefined where nothing ever was. */
  free(sku: string, location: string, at: number): number | undefined;
  safetyStock(catalog: CatalogBook, sku: string): number;
};

export type LooksAudit = {
  onStock(shelves: Shelves, sku: string): void;
  onCommit(shelves: Shelves, commit: Pick<Commit, 'lane' | 'version'>): void;
  /** After the whole log: what is left has shown what never was. */
  end(): void;
};

/** Those of a context that is one lane. */
export const shelvesOf = (book: StockBook): Shelves => ({
  facts: (sku) => book.skus.get(sku)?.version ?? 0,
  free(sku, location, at) {
    const place = book.skus.get(sku)?.places.get(location);
    return place && freeUnits(place, at);
  },
  safetyStock: (catalog, sku) => rulesOf({ ...book, catalog }, sku).safetyStock,
});

export function auditLooks(
  commits: readonly Commit[],
  looks: readonly Look[],
  breach: Breach,
): LooksAudit {
  const catalogs = catalogsOf(commits);
  const waiting = new Map<string, Look[]>();
  const atLeast = new Map<string, Look[]>();
  const file = <Key>(map: Map<Key, Look[]>, key: Key, look: Look) =>
    map.set(key, [...(map.get(key) ?? []), look]);
  for (const look of looks) {
    if (look.stockVersion > 0) file(waiting, `${look.sku}:${look.stockVersion}`, look);
    file(atLeast, `${look.lane}:${look.atLeast}`, look);
  }

  return {
    onStock(shelves, sku) {
      const key = `${sku}:${shelves.facts(sku)}`;
      for (const look of waiting.get(key) ?? []) checkLook(look, shelves, catalogs, breach);
      waiting.delete(key);
    },
    onCommit(shelves, { lane, version }) {
      for (const { sku, stockVersion } of atLeast.get(`${lane}:${version}`) ?? []) {
        const is = shelves.facts(sku);
        if (stockVersion >= is) continue;
        const after = `${sku} after version ${version} of lane ${lane}`;
        breach('I6', `a look at ${after} saw ${stockVersion} of ${is} facts`);
      }
    },
    end() {
      for (const key of waiting.keys()) breach('I6', `a look saw ${key}, which never was`);
    },
  };
}

function checkLook(
  { sku, channel, at, shown, stockVersion, catalogVersion }: Look,
  shelves: Shelves,
  catalogs: readonly CatalogBook[],
  breach: Breach,
) {
  const catalog = catalogs[catalogVersion];
  if (!catalog) return breach('I6', `a look saw catalog ${catalogVersion}, which never was`);
  const safetyStock = shelves.safetyStock(catalog, sku);
  for (const location of locationsOf(catalog, channel)) {
    const free = shelves.free(sku, location, at);
    const is = free === undefined ? 0 : Math.max(0, free - safetyStock);
    const told = shown.get(location) ?? 0;
    if (told === is) continue;
    breach('I6', `${sku} at ${location} was shown as ${told}; version ${stockVersion} has ${is}`);
  }
}

/** The catalog at each of its versions. */
function catalogsOf(commits: readonly Commit[]): CatalogBook[] {
  const book = emptyBook();
  const copy = (): CatalogBook => {
    const { version, everywhere, channels, classes } = book.catalog;
    const maps = { channels: new Map(channels), classes: new Map(classes) };
    return { version, everywhere: [...everywhere], ...maps };
  };
  const catalogs = [copy()];
  for (const { entries } of commits) {
    for (const { stream, events } of entries) {
      if (!stream.startsWith('catalog/')) continue;
      for (const event of events) {
        noteCatalog(book, catalogFact(event));
        catalogs.push(copy());
      }
    }
  }
  return catalogs;
}
