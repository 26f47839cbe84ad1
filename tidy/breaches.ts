/** Finds what a wall does not allow, and paths that do not say where they lead. */
import { specification, type Wall } from './import-walls.ts';
import { type Import, importsOf } from './imports.ts';
import type { SourceFile } from './syntax.ts';

const matches = (patterns: readonly RegExp[], target: string) =>
  patterns.some((pattern) => pattern.test(target));

function allows(wall: Wall, file: string, { target, typesOnly }: Import): boolean {
  if ('neverImports' in wall) return !matches(wall.neverImports, target);
  return (
    matches(wall.mayImport, target) ||
    (typesOnly && matches(wall.mayImportTypes ?? [], target)) ||
    (specification.test(file) && matches(wall.specsMayImport ?? [], target))
  );
}

export const isBehind = (wall: Wall, file: string): boolean =>
  wall.of.test(file) && !wall.except?.test(file);

/** One sentence a breach: where, what, and why not. */
export function breachesOf(wall: Wall, source: SourceFile): readonly string[] {
  const { file } = source;
  if (!isBehind(wall, file)) return [];
  return importsOf(source)
    .filter((imported) => !allows(wall, file, imported))
    .map(
      ({ line, specifier }) => `${file}:${line} imports ${specifier} (${wall.name}: ${wall.why})`,
    );
}

/**
 * Our tests have no other door to the inside of their package: its `exports` name only what others
 * may use.
 */
const ownInside = /^(\.\.\/)+src\//;
const inTest = /(^|\/)test\//;

/** A path that climbs twice, or leaves its package, does not say where it goes (STYLE 6). */
export const climbsOf = (source: SourceFile): readonly string[] =>
  importsOf(source)
    .filter(({ specifier }) => specifier.startsWith('../../'))
    .filter(({ specifier }) => !(inTest.test(source.file) && ownInside.test(specifier)))
    .map(({ line, specifier }) => `${source.file}:${line} imports ${specifier}`);

/** An index.ts that only passes on what others define hides where things live (STYLE 6). */
export function isOnlyIndex({ file, tree }: SourceFile): boolean {
  if (!/(^|\/)index\.tsx?$/.test(file)) return false;
  const statements = tree.body as readonly { readonly source?: unknown }[];
  return statements.every(({ source }) => Boolean(source));
}
