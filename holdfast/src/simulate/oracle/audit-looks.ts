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

export type LooksAudit = {
  onStock(book: StockBook, sku: string): void;
  onCommit(book: StockBook, version: number): void;
  /** After the whole log: what is left has shown what never was. */
  end(): void;
};

export function auditLooks(
  commits: readonly Commit[],
  looks: readonly Look[],
  breach: Breach,
): LooksAudit {
  const catalogs = catalogsOf(commits);
  const waiting = new Map<string, Look[]>();
  const atLeast = new Map<number, Look[]>();
  const file = <Key>(map: Map<Key, Look[]>, key: Key, look: Look) =>
    map.set(key, [...(map.get(key) ?? []), look]);
  for (const look of looks) {
    if (look.stockVersion > 0) file(waiting, `${look.sku}:${look.stockVersion}`, look);
    file(atLeast, look.atLeast, look);
  }

  return {
    onStock(book, sku) {
      const key = `${sku}:${book.skus.get(sku)?.version ?? 0}`;
      for (const look of waiting.get(key) ?? []) checkLook(look, book, catalogs, breach);
      waiting.delete(key);
    },
    onCommit(book, version) {
      for (const { sku, stockVersion, atLeast: durable } of atLeast.get(version) ?? []) {
        const is = book.skus.get(sku)?.version ?? 0;
        if (stockVersion >= is) continue;
        breach(
          'I6',
          `a look at ${sku} after version ${durable} saw ${stockVersion} of ${is} facts`,
        );
      }
    },
    end() {
      for (const key of waiting.keys()) breach('I6', `a look saw ${key}, which never was`);
    },
  };
}

function checkLook(
  { sku, channel, at, shown, stockVersion, catalogVersion }: Look,
  book: StockBook,
  catalogs: readonly CatalogBook[],
  breach: Breach,
) {
  const catalog = catalogs[catalogVersion];
  if (!catalog) return breach('I6', `a look saw catalog ${catalogVersion}, which never was`);
  const { safetyStock } = rulesOf({ ...book, catalog }, sku);
  for (const location of locationsOf(catalog, channel)) {
    const place = book.skus.get(sku)?.places.get(location);
    const is = place ? Math.max(0, freeUnits(place, at) - safetyStock) : 0;
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
