/** Tells who waits for a SKU that its figure has changed; holds no figure itself. */
import type { Sku } from '@holdfast/schema/identifiers';

export type Watcher = {
  /**
   * These SKUs may have other figures now; `all` of the watched ones after a change of the catalog.
   */
  readonly changed: (sku: Sku | 'all') => void;
};

export type AvailabilityFeed = {
  watch(skus: readonly Sku[], watcher: Watcher): () => void;
  tell(sku: Sku | 'all'): void;
  watched(): number;
};

export function availabilityFeed(): AvailabilityFeed {
  const bySku = new Map<Sku, Set<Watcher>>();
  const all = new Set<Watcher>();

  return {
    watch(skus, watcher) {
      all.add(watcher);
      for (const sku of skus) {
        const watchers = bySku.get(sku);
        if (watchers) watchers.add(watcher);
        else bySku.set(sku, new Set([watcher]));
      }
      return () => {
        all.delete(watcher);
        for (const sku of skus) {
          const watchers = bySku.get(sku);
          watchers?.delete(watcher);
          if (watchers?.size === 0) bySku.delete(sku);
        }
      };
    },

    tell(sku) {
      if (sku === 'all') for (const watcher of all) watcher.changed('all');
      else for (const watcher of bySku.get(sku) ?? []) watcher.changed(sku);
    },

    watched: () => bySku.size,
  };
}
