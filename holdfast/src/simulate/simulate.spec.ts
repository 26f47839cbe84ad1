import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSeeds } from './crew.ts';
import { searchOne } from './mutant-search.ts';
import { mutants } from './mutants/mutants.ts';
import { patched } from './patched-modules.ts';
import { failureLines } from './report.ts';
import type { SeedResult } from './run-seed.ts';
import { simulate } from './simulate.ts';

const repository = join(import.meta.dirname, '..', '..', '..', '/');

const run = async (seeds: readonly number[]): Promise<SeedResult[]> => {
  const results: SeedResult[] = [];
  const done = (result: SeedResult) => {
    results.push(result);
    return false;
  };
  await runSeeds({ patches: [], seeds: seeds.values(), hands: 1, done });
  return results;
};

const planted = (name: string) => {
  const mutant = mutants.find((each) => each.name === name);
  if (!mutant) throw new Error(`there is no mutant: ${name}`);
  return mutant;
};

describe('the simulation', () => {
  it('finds nothing in what is shipped, though much goes wrong', async () => {
    const results = await run(Array.from({ length: 12 }, (_, at) => at + 1));
    const failed = results.filter(({ findings }) => findings.length > 0);
    expect(failed.flatMap(failureLines)).toEqual([]);
    const reached = new Set(results.flatMap(({ noted }) => noted.map(([state]) => state)));
    expect([...reached]).toEqual(
      expect.arrayContaining(['conflict of two owners', 'crash', 'gap filled from the log']),
    );
  });

  it('is the same run for the same seed, and another one for another', async () => {
    const [first, again, other] = await run([7, 7, 8]);
    expect(again).toEqual(first);
    expect(other?.hash).not.toBe(first?.hash);
  });

  it.each(['an answer is given before its append', 'a replaced hold stays'])(
    'finds that %s',
    async (name) => {
      const { found } = await searchOne(planted(name), 30);
      expect(found?.findings.length).toBeGreaterThan(0);
    },
  );

  it('refuses to plant a bug where the code has moved on', async () => {
    const patches = [{ file: 'chassis/src/lane/create-lane', find: 'no such text', replace: '' }];
    const errand = { patches, seeds: [1].values(), hands: 1, done: () => true };
    await expect(runSeeds(errand)).rejects.toThrow('occurs 0 times');
  });

  it('plants only what still fits the shipped code', () => {
    const folders = ['', 'subgraphs/'].map((folder) => join(repository, folder));
    const textOf = (file: string) => {
      const path = folders.map((folder) => `${folder}${file}.ts`).find(existsSync);
      return readFileSync(path ?? file, 'utf8');
    };
    for (const patch of mutants.flatMap(({ patches }) => patches)) {
      expect(() => patched(textOf(patch.file), patch)).not.toThrow();
    }
  });

  it('wants whole numbers of seeds', async () => {
    await expect(simulate(['--seeds', 'many'])).rejects.toThrow('--seeds needs a whole number');
  });
});
