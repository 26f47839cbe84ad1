import { importsOf } from './imports.ts';
import { type SourceFile, specification } from './syntax.ts';

/**
 * The rooms of the chassis (`chassis/README.md`), from the ground up: what stands in one knows
 * those below it alone, so each can be read and changed without the ones above.
 */
export const rooms: readonly string[] = [
  ...['sqlite', 'mongo', 'nats', 'log', 'bus', 'read-model', 'rows', 'leases', 'personal'],
  ...['api-keys', 'tracing', 'asking', 'lane', 'following', 'projecting', 'relay', 'owning'],
  ...['publishing', 'stored', 'subgraph', 'simulation'],
];

/** Undefined for the core, and for what is not of the chassis. */
export const roomOf = (file: string): string | undefined =>
  /^chassis\/src\/([^/]+)\//.exec(file)?.[1];

/** The core, which every room knows, is in none: -1. */
function floorOf(file: string): number | undefined {
  if (!file.startsWith('chassis/src/')) return undefined;
  const room = roomOf(file);
  if (room === undefined) return -1;
  const floor = rooms.indexOf(room);
  if (floor < 0) throw new Error(`${file} is in a room that tidy/chassis-rooms.ts does not list`);
  return floor;
}

/** @throws Error for a room that is not listed */
export function upwardsOf(source: SourceFile): readonly string[] {
  const floor = floorOf(source.file);
  // Specifications may use what is built on what they specify.
  if (floor === undefined || specification.test(source.file)) return [];
  return importsOf(source)
    .filter(({ target }) => (floorOf(target) ?? floor) > floor)
    .map(({ line, specifier }) => `${source.file}:${line} imports ${specifier}, which is above it`);
}
