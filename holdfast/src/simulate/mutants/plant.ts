import type { Patch } from '../patched-modules.ts';

/** A change of shipped text that a tired developer could make. */
export type Mutant = { readonly name: string; readonly patches: readonly Patch[] };

export const plant = (name: string, file: string, find: string, replace: string): Mutant => ({
  ...{ name, patches: [{ file, find, replace }] },
});
