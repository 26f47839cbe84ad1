/**
 * Writes down what has become smaller: `node tidy/turn-ratchet.ts`. It never lists more, and never
 * a greater figure.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { oversizes } from './sizes.ts';

const ratchetFile = new URL('ratchet.json', import.meta.url);
const ratchet = JSON.parse(readFileSync(ratchetFile, 'utf8')) as Record<string, number>;
const sizes = oversizes();

const turned = Object.entries(ratchet).flatMap(([where, listed]) => {
  const size = sizes.get(where);
  return size === undefined ? [] : [[where, Math.min(size, listed)]];
});
writeFileSync(ratchetFile, `${JSON.stringify(Object.fromEntries(turned), undefined, 2)}\n`);
