/** What each workspace declares in its package.json, and what its files really import. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf } from './imports.ts';
import { filesUnder, parseSource, repository } from './syntax.ts';

type PackageFile = {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
};

export type Workspace = {
  readonly folder: string;
  readonly name: string;
  /** What those get who install the package. */
  readonly installed: readonly string[];
  /** Package → the files that import it. */
  readonly used: ReadonlyMap<string, readonly string[]>;
};

/** `@scope/name/file` → `@scope/name`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const isPackage = (specifier: string) => !/^(\.|node:)/.test(specifier);

function usedIn(folder: string): ReadonlyMap<string, readonly string[]> {
  const used = new Map<string, string[]>();
  for (const file of filesUnder(join(repository, folder), ['ts', 'tsx'])) {
    for (const { specifier } of importsOf(parseSource(repository, `${folder}/${file}`))) {
      if (!isPackage(specifier)) continue;
      const name = packageOf(specifier);
      used.set(name, [...(used.get(name) ?? []), `${folder}/${file}`]);
    }
  }
  return used;
}

export function readPackage(folder: string): PackageFile {
  return JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as PackageFile;
}

export function readWorkspace(folder: string): Workspace {
  const { name, dependencies = {} } = readPackage(folder);
  return {
    folder,
    name,
    installed: Object.keys(dependencies),
    used: usedIn(folder),
  };
}

/** Not for those who install the package: tests, their servers, its build, composition. */
const forDevelopment = [
  /(^|\/)test\//,
  /(\.(spec|contract|config)|\/given)\.tsx?$/,
  /^(schema\/src\/compose\.ts$|test-servers\/)/,
];
const isForDevelopment = (file: string): boolean =>
  forDevelopment.some((pattern) => pattern.test(file));

const shipped = (files: readonly string[] | undefined): readonly string[] =>
  (files ?? []).filter((file) => !isForDevelopment(file));

/** Packages that shipped files import, and an installation would not bring. */
export const missingIn = ({ name, installed, used }: Workspace): readonly string[] =>
  [...used].flatMap(([dependency, files]) => {
    const [file] = shipped(files);
    if (!file || dependency === name || installed.includes(dependency)) return [];
    return [`${file} imports ${dependency}, which ${name} does not declare`];
  });

/** Packages that an installation brings, and no shipped file imports. */
export const unusedIn = ({ name, installed, used }: Workspace): readonly string[] =>
  installed
    .filter((dependency) => shipped(used.get(dependency)).length === 0)
    .map((dependency) => `${name} declares ${dependency}, which nothing in it needs to run`);
