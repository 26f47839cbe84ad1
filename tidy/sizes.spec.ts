import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import ratchet from './ratchet.json' with { type: 'json' };
import { emptyNamed, largest, longFile, longFunctions, longLines, oversizesOf } from './sizes.ts';
import { filesUnder, parseSource, repository } from './syntax.ts';

const ours = filesUnder(repository, ['ts', 'tsx']).map((file) => parseSource(repository, file));
const over = ours.flatMap(oversizesOf);
const listed = new Map<string, number>(Object.entries(ratchet.sizes));

const wrongRoot = join(import.meta.dirname, 'wrong', 'sizes');
const wrong = (file: string) => parseSource(wrongRoot, file);

describe('sizes', () => {
  it('sees a file, a function and a line that are too long', () => {
    const source = wrong('chassis/src/long-function.ts');
    expect(longFunctions(source)).toEqual([
      { where: 'chassis/src/long-function.ts#countUp', size: 51 },
      { where: 'chassis/src/long-function.ts#countDown', size: 52 },
    ]);
    expect(longLines(source)).toEqual([{ where: 'chassis/src/long-function.ts#lines', size: 1 }]);
    const grown = { ...source, text: 'x;\n'.repeat(251) };
    expect(longFile(grown)).toEqual([{ where: 'chassis/src/long-function.ts', size: 251 }]);
    expect(longFile({ ...grown, file: 'chassis/src/long.spec.ts' })).toEqual([]);
    expect(longFile({ ...grown, text: 'x;\n'.repeat(250) })).toEqual([]);
  });

  it('stay within their limits, but for what the ratchet still carries', () => {
    expect(over.filter(({ where }) => !listed.has(where))).toEqual([]);
  });

  // Smaller than listed is red as well: only so does the list shrink.
  it('are exactly as the ratchet lists them; `node tidy/turn-ratchet.ts` writes down less', () => {
    const sizes = largest(over);
    const moved = [...listed].filter(([where, size]) => sizes.get(where) !== size);
    expect(moved.map(([where, size]) => `${where}: ${size} listed, ${sizes.get(where)}`)).toEqual(
      [],
    );
  });
});

describe('names', () => {
  it('of files and folders say what is in them', () => {
    expect(
      emptyNamed(['chassis/src/base.css', 'gateway/utils/a.ts', 'a/stock-service.ts']),
    ).toHaveLength(3);
    expect(emptyNamed(['chassis/src/database.ts', 'schema/src/servicing.ts'])).toEqual([]);
    const named = filesUnder(repository, ['ts', 'tsx', 'css', 'graphql', 'json', 'md', 'html']);
    expect(named.length).toBeGreaterThan(ours.length);
    expect(emptyNamed(named)).toEqual(ratchet.names);
  });
});
