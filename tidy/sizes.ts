/** How long files, functions and lines may be, and which names say nothing (STYLE 6). */
import {
  filesUnder,
  lineAt,
  nodesOf,
  parseSource,
  repository,
  type SourceFile,
  type Syntax,
  specification,
} from './syntax.ts';

export const fileLinesMax = 250;
export const specLinesMax = 400;
export const functionLinesMax = 50;
export const lineCharactersMax = 100;

/**
 * What is over its limit, e.g. `chassis/src/lane/create-lane.ts` or `…/app.ts#createInventory`, and
 * by which figure.
 */
export type Oversize = { readonly where: string; readonly size: number };

const lineCount = (text: string): number => text.trimEnd().split('\n').length;

export function longFile({ file, text }: SourceFile): readonly Oversize[] {
  const size = lineCount(text);
  return size > (specification.test(file) ? specLinesMax : fileLinesMax)
    ? [{ where: file, size }]
    : [];
}

/** One entry a file: how many of its lines are too long. */
export function longLines({ file, text }: SourceFile): readonly Oversize[] {
  const size = text.split('\n').filter((line) => line.length > lineCharactersMax).length;
  return size > 0 ? [{ where: `${file}#lines`, size }] : [];
}

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

type Named = { readonly name?: string } | null | undefined;

/** What a reader would call the function: its own name, or that of what it is given to. */
function nameOf(node: Syntax, around: Syntax | undefined): string {
  const own = (node.id as Named)?.name;
  const given = ((around?.id ?? around?.key) as Named)?.name;
  const called = ((around?.callee as Syntax | undefined)?.name as string | undefined) ?? 'unnamed';
  return own ?? given ?? called;
}

/** A `describe` is a chapter of a specification, not a function that somebody has to follow. */
const isChapter = (around: Syntax | undefined): boolean => {
  const callee = around?.type === 'CallExpression' ? (around.callee as Syntax) : undefined;
  const outer = callee?.type === 'CallExpression' ? (callee.callee as Syntax) : callee;
  const named = outer?.type === 'MemberExpression' ? (outer.object as Syntax) : outer;
  return named?.name === 'describe' || named?.name === 'describeWith';
};

/** The function that a contract exports is a whole specification, made of chapters. */
const isSuite = (file: string, around: Syntax | undefined): boolean =>
  file.endsWith('.contract.ts') && around?.type === 'ExportNamedDeclaration';

export function longFunctions({ file, text, tree }: SourceFile): readonly Oversize[] {
  const found: Oversize[] = [];
  for (const [node, around] of nodesOf(tree)) {
    if (!functions.has(node.type) || isChapter(around) || isSuite(file, around)) continue;
    const size = lineAt(text, node.end) - lineAt(text, node.start) + 1;
    if (size <= functionLinesMax) continue;
    found.push({ where: `${file}#${nameOf(node, around)}`, size });
  }
  return found;
}

const emptyNames = /^(utils?|helpers?|commons?|managers?|services?|base)$/i;

/** Folder and file names made of a word that fits everything. */
export const emptyNamed = (files: readonly string[]): readonly Oversize[] =>
  files
    .filter((file) => file.split(/[/.-]/).some((word) => emptyNames.test(word)))
    .map((file) => ({ where: `${file}#name`, size: 1 }));

const oversizesOf = (source: SourceFile): readonly Oversize[] => [
  ...longFile(source),
  ...longLines(source),
  ...longFunctions(source),
];

const named = ['ts', 'tsx', 'css', 'graphql', 'json', 'md', 'html'];

/** All that is over a limit in the repository; of functions of one name in one file the longest. */
export function oversizes(): ReadonlyMap<string, number> {
  const sources = filesUnder(repository, ['ts', 'tsx']);
  const found = [
    ...sources.flatMap((file) => oversizesOf(parseSource(repository, file))),
    ...emptyNamed(filesUnder(repository, named)),
  ];
  const sizes = new Map<string, number>();
  for (const { where, size } of found) sizes.set(where, Math.max(size, sizes.get(where) ?? 0));
  return sizes;
}
