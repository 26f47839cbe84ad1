/**
 * Plants one bug after the other and looks for the first seed that finds it: a simulation that
 * misses one is blind.
 */
import { runSeeds } from './crew.ts';
import type { Finding } from './findings.ts';
import { mutants } from './mutants/mutants.ts';
import type { Mutant } from './mutants/plant.ts';
import type { SeedResult } from './run-seed.ts';

/** RELIABILITY R4. */
const seedsMax = 200;
const hands = 2;

type Search = { readonly mutant: Mutant; readonly found: SeedResult | undefined };

/** @returns 0 when all were found */
export async function searchMutants(
  print: (lines: readonly string[]) => void,
  only = '',
): Promise<number> {
  const sought = mutants.filter(({ name }) => name.includes(only));
  const waiting = sought.values();
  let missed = 0;
  print([`${'planted bug'.padEnd(58)} seed  invariant`]);
  const search = async () => {
    for (const mutant of waiting) {
      const { found } = await searchOne(mutant);
      if (!found) missed += 1;
      print([lineOf({ mutant, found })]);
    }
  };
  await Promise.all(Array.from({ length: hands }, search));
  print([
    '',
    missed === 0 ? `All ${sought.length} found.` : `${missed} of ${sought.length} not found.`,
  ]);
  return missed === 0 ? 0 : 1;
}

/** @throws when the bug cannot be planted: the shipped code has moved on */
export async function searchOne(mutant: Mutant, seeds = seedsMax): Promise<Search> {
  let found: SeedResult | undefined;
  const done = (result: SeedResult): boolean => {
    if (result.findings.length === 0) return false;
    found = result;
    return true;
  };
  const upTo = Array.from({ length: seeds }, (_, at) => at + 1).values();
  await runSeeds({ patches: mutant.patches, seeds: upTo, hands: 1, done });
  return { mutant, found };
}

function lineOf({ mutant, found }: Search): string {
  const finding = mostTelling(found?.findings ?? []);
  const seed = found === undefined ? '-' : String(found.seed);
  const how =
    finding === undefined ? 'NOT FOUND' : `${finding.invariant}: ${shortened(finding.words)}`;
  return `${mutant.name.padEnd(58)} ${seed.padStart(4)}  ${how}`;
}

/** What is wrong says more than that something came to a stop. */
const mostTelling = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(
    ({ invariant, words }) => invariant !== 'availability' && !words.startsWith('still to be done'),
  ) ?? findings[0];

const wordsMax = 110;
const shortened = (words: string): string => {
  const [line = ''] = words.split('\n');
  return line.length > wordsMax ? `${line.slice(0, wordsMax)}…` : line;
};
