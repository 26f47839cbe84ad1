/**
 * The only modules that a simulation replaces: the edge (GraphQL has no part in it, and building
 * its schema for each life of a process would take longer than the life) and the random source of
 * a cipher, which no port hands out.
 */
import { registerHooks } from 'node:module';
import { type Patch, patchModules } from './patched-modules.ts';

const scheme = 'simulated:';
const edge = '@apollo/subgraph';
const cipherModule = /\/personal-data\.[jt]s$/;

const replacements: readonly { readonly url: RegExp; readonly source: string }[] = [
  {
    url: /^simulated:@apollo\/subgraph$/,
    source: 'export const buildSubgraphSchema = () => undefined;',
  },
  {
    url: /^simulated:node:crypto$/,
    source: `
      export { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
      export const randomBytes = (length) => Buffer.alloc(length, 7);`,
  },
  {
    url: /\/schema\/src\/sdl\.[jt]s$/,
    source: `
      export const inventorySdl = 'type Query { none: Int }';
      export const ordersSdl = 'type Query { none: Int }';`,
  },
];

/**
 * A megabyte for each fold of a lane is nothing for a day, and too much a hundred times a second.
 */
const smallFilter: Patch = {
  file: 'chassis/src/lane/id-filter',
  find: 'bits = 2 ** 23',
  replace: 'bits = 2 ** 10',
};

/** For the thread that calls it, and for what it imports afterwards. */
export function replaceModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isCipher = specifier === 'node:crypto' && cipherModule.test(context.parentURL ?? '');
      if (!isCipher && specifier !== edge) return next(specifier, context);
      return { url: `${scheme}${specifier}`, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      const source = replacements.find((each) => each.url.test(url))?.source;
      if (source === undefined) return next(url, context);
      return { format: 'module', source, shortCircuit: true };
    },
  });
  patchModules([smallFilter]);
}
