/** Stores with SKUs in them, made once a run and removed at its end. */
import { join } from 'node:path';
import { measure } from './measure/child.ts';
import type { PrepareCase, PrepareFigures } from './measure/prepare-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Stores = (skus: number) => Promise<string>;

export function openStores(): Stores {
  const root = temporaryFolder('bench');
  const made = new Map<number, Promise<string>>();
  const make = async (skus: number) => {
    const folder = join(root, `skus-${skus}`);
    await measure<PrepareCase, PrepareFigures>('prepare-store.ts', { folder, skus });
    return folder;
  };
  return (skus) => {
    const known = made.get(skus) ?? make(skus);
    made.set(skus, known);
    return known;
  };
}
