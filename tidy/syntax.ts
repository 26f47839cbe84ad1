/** Source files as syntax trees: parsed, types and all, by the parser that Vite brings. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';

export const repository = join(import.meta.dirname, '..');

/** A node of the tree (ESTree with TypeScript's additions). */
export type Syntax = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
};

export type SourceFile = {
  /** From the root of the repository, with forward slashes. */
  readonly file: string;
  readonly text: string;
  readonly tree: Syntax;
};

/** Specifications, and the suites that the adapters of a port share. */
export const specification = /\.(spec|contract)\.tsx?$/;

const notOurs = /(^|\/)(node_modules|dist|wrong|data)(\/|$)|\.generated\.|(^|\/)\./;

/** Everything below `root` that a person wrote, by the end of its name, e.g. `ts`. */
export const filesUnder = (root: string, endings: readonly string[]): readonly string[] =>
  globSync(`**/*.{${endings.join(',')},}`, { cwd: root, exclude: (name) => notOurs.test(name) })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => endings.includes(file.slice(file.lastIndexOf('.') + 1)))
    .sort();

/** @throws when the file is no TypeScript: an unread file would pass every check */
export function parseSource(root: string, file: string): SourceFile {
  const text = readFileSync(join(root, file), 'utf8');
  const { program, errors } = parseSync(file, text);
  const [error] = errors;
  if (error) throw new Error(`${file} cannot be parsed: ${error.message}`);
  return { file, text, tree: program as unknown as Syntax };
}

const isSyntax = (value: unknown): value is Syntax =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** The node and everything in it, outermost first, each with the node around it. */
export function* nodesOf(node: Syntax, around?: Syntax): Generator<[Syntax, Syntax | undefined]> {
  yield [node, around];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isSyntax(child)) yield* nodesOf(child, node);
    }
  }
}

/** From 1. */
export const lineAt = (text: string, offset: number): number =>
  text.slice(0, offset).split('\n').length;
