import { createHash } from 'node:crypto';
import type { World } from '@holdfast/chassis/simulation/world';
import type { Requests } from './requests.ts';
import type { System } from './system.ts';

const collections = [
  'stock',
  'catalog',
  'movements',
  'orders.skus',
  'orders.reservations',
  'orders.numbers',
];

/** Over everything that was stored and answered, and the moment and order of each step. */
export async function stateHash(world: World, system: System, requests: Requests): Promise<string> {
  const hash = createHash('sha256');
  for (const commits of system.logs.all()) hash.update(commits.at(-1)?.hash ?? '');
  for (const collection of collections) {
    const range = { prefix: '', limit: 100_000, direction: 'up' } as const;
    hash.update(JSON.stringify(await system.readModels.memory.range(collection, range)));
  }
  hash.update(JSON.stringify(requests.all().map(({ answers }) => answers)));
  return hash.update(`${world.steps()} ${world.hash()}`).digest('base64url');
}
