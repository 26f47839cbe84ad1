/**
 * The only modules that a simulation replaces: the edge (GraphQL has no part in it, and building its schema for each
 * life of a process would take longer than the life) and the random source of a cipher, which no port hands out.
 */
import { registerHooks } from 'node:module';

const edge: Readonly<Record<string, string>> = {
  '@apollo/subgraph': 'export const buildSubgraphSchema = () => undefined;',
  '@holdfast/schema/sdl': `
    export const inventorySdl = 'type Query { none: Int }';
    export const ordersSdl = 'type Query { none: Int }';`,
};

const cipherModule = '/personal-data.ts';
const cipher = `
  export { createCipheriv, createDecipheriv } from 'node:crypto';
  let count = 0;
  export const randomBytes = (length) => Buffer.alloc(length, (count += 1) % 251);
  export const restart = () => { count = 0; };`;

const scheme = 'simulated:';
const sources: Readonly<Record<string, string>> = { ...edge, 'node:crypto': cipher };

/** For the thread that calls it, and for what it imports afterwards. */
export function replaceModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isCipher =
        specifier === 'node:crypto' && (context.parentURL ?? '').endsWith(cipherModule);
      if (!isCipher && !Object.hasOwn(edge, specifier)) return next(specifier, context);
      return { url: `${scheme}${specifier}`, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      const source = url.startsWith(scheme) ? sources[url.slice(scheme.length)] : undefined;
      if (source === undefined) return next(url, context);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
