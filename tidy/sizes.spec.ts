import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import ratchet from './ratchet.json' with { type: 'json' };
import { emptyNamed, longFile, longFunctions, longLines, oversizes } from './sizes.ts';
import { parseSource } from './syntax.ts';

const over = oversizes();
const listed = new Map<string, number>(Object.entries(ratchet));

describe('sizes and names', () => {
  it('that are too long are seen', () => {
    const source = parseSource(
      join(import.meta.dirname, 'wrong', 'sizes'),
      'chassis/src/long-function.ts',
    );
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

  it('that say nothing are seen', () => {
    const empty = ['chassis/src/base.css', 'gateway/utils/a.ts', 'a/stock-service.ts'];
    expect(emptyNamed(empty)).toHaveLength(3);
    expect(emptyNamed(['chassis/src/database.ts', 'schema/src/servicing.ts'])).toEqual([]);
  });

  it('stay within their limits, but for what the ratchet still carries', () => {
    expect([...over].filter(([where]) => !listed.has(where))).toEqual([]);
  });

  // Smaller than listed is red as well: only so does the list shrink.
  it('are exactly as the ratchet lists them; `node tidy/turn-ratchet.ts` writes down less', () => {
    const moved = [...listed].filter(([where, size]) => over.get(where) !== size);
    expect(moved.map(([where, size]) => `${where}: ${size} listed, ${over.get(where)}`)).toEqual(
      [],
    );
  });
});
