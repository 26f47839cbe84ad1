/** Bugs to plant. Each is a change of shipped text that a tired developer could make. */
import type { Patch } from './patched-modules.ts';

export type Mutant = { readonly name: string; readonly patches: readonly Patch[] };

export const mutants: readonly Mutant[] = [];
