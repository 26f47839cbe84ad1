/**
 * What a file imports, types included, with every specifier resolved to a path in the repository.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { lineAt, nodesOf, repository, type SourceFile, type Syntax } from './syntax.ts';

export type Import = {
  readonly specifier: string;
  /** `schema/src/events.ts`, `node:fs`, `npm:graphql`. */
  readonly target: string;
  /** Nothing of it is left when types are stripped. */
  readonly typesOnly: boolean;
  readonly line: number;
};

type PackageName = { readonly name: string };

/** Package name → folder, e.g. `@holdfast/inventory` → `subgraphs/inventory`. */
const workspaces: ReadonlyMap<string, string> = new Map(
  globSync(['*/package.json', 'subgraphs/*/package.json'], { cwd: repository }).map((file) => {
    const { name } = JSON.parse(readFileSync(join(repository, file), 'utf8')) as PackageName;
    return [name, posix.dirname(file.replaceAll('\\', '/'))];
  }),
);

const folderOf = (file: string): string =>
  [...workspaces.values()].find((folder) => file.startsWith(`${folder}/`)) ?? '';

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier);
  if (specifier.startsWith('node:')) return specifier;
  if (specifier.startsWith('#test/')) return posix.join(folderOf(file), specifier.slice(1));
  for (const [name, folder] of workspaces) {
    if (specifier === name) return `${folder}/package.json`;
    if (specifier.startsWith(`${name}/`)) return `${folder}/src${specifier.slice(name.length)}.ts`;
  }
  return `npm:${specifier}`;
}

/** Statements and expressions that name another module. */
const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

function isTypesOnly(node: Syntax): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const named = (node.specifiers ?? []) as readonly Syntax[];
  return (
    named.length > 0 &&
    named.every(({ importKind, exportKind }) => importKind === 'type' || exportKind === 'type')
  );
}

/** @throws for a specifier that is computed: nobody could say what it imports */
export function importsOf({ file, text, tree }: SourceFile): readonly Import[] {
  const imports: Import[] = [];
  for (const [node] of nodesOf(tree)) {
    if (!importing.has(node.type)) continue;
    const source = (node.source ?? node.expression) as Syntax | null | undefined;
    if (!source) continue;
    const line = lineAt(text, node.start);
    if (typeof source.value !== 'string') {
      throw new Error(`${file}:${line} imports something computed; name it`);
    }
    const specifier = source.value;
    const target = targetOf(file, specifier);
    imports.push({ specifier, target, typesOnly: isTypesOnly(node), line });
  }
  return imports;
}
