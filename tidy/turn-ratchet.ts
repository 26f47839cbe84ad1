/**
 * Writes down what has become smaller: `node tidy/turn-ratchet.ts`. It never lists more, and never
 * a greater figure.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { emptyNamed, largest, oversizesOf } from './sizes.ts';
import { filesUnder, parseSource, repository } from './syntax.ts';

type Ratchet = { readonly sizes: Record<string, number>; readonly names: readonly string[] };

const ratchetFile = new URL('ratchet.json', import.meta.url);
const ratchet = JSON.parse(readFileSync(ratchetFile, 'utf8')) as Ratchet;

const sources = filesUnder(repository, ['ts', 'tsx']).map((file) => parseSource(repository, file));
const sizes = largest(sources.flatMap(oversizesOf));
const names = new Set(
  emptyNamed(filesUnder(repository, ['ts', 'tsx', 'css', 'graphql', 'json', 'md', 'html'])),
);

const turned: Ratchet = {
  sizes: Object.fromEntries(
    Object.entries(ratchet.sizes).flatMap(([where, listed]) => {
      const size = sizes.get(where);
      return size === undefined ? [] : [[where, Math.min(size, listed)]];
    }),
  ),
  names: ratchet.names.filter((name) => names.has(name)),
};
writeFileSync(ratchetFile, `${JSON.stringify(turned, undefined, 2)}\n`);
