/** What those who use the shop of one run have in common. */
import type { World } from '@holdfast/chassis/simulation/world';
import type { Client } from './client.ts';
import type { Look } from './looks.ts';
import type { Breach } from './oracle/stock-law.ts';
import type { Shop } from './shop.ts';
import type { System } from './system.ts';

export type Scene = {
  readonly world: World;
  readonly system: System;
  readonly client: Client;
  readonly shop: Shop;
  /** What was seen, to be held against the log at the end. */
  readonly looks: Look[];
  readonly breach: Breach;
};
