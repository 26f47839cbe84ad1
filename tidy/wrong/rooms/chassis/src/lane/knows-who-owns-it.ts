export type { Lanes } from '../owning/lanes.ts';
