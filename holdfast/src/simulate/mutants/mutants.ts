/** All bugs to plant. */
import { following } from './following.ts';
import { ordering } from './ordering.ts';
import { owning } from './owning.ts';
import type { Mutant } from './plant.ts';
import { promising } from './promising.ts';
import { remembering } from './remembering.ts';
import { spreading } from './spreading.ts';

export const mutants: readonly Mutant[] = [
  ...owning,
  ...remembering,
  ...following,
  ...promising,
  ...ordering,
  ...spreading,
];
