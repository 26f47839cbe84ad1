/**
 * `holdfast simulate`: inventory and orders as shipped, in simulated worlds where everything goes
 * wrong.
 */
import { parseArgs } from 'node:util';
import { WrongUsage } from '../refused.ts';
import { runSeeds } from './crew.ts';
import { searchMutants } from './mutant-search.ts';
import { createTally, failureLines } from './report.ts';
import type { SeedResult } from './run-seed.ts';

const seedsDefault = 500;
/** As many threads as the smallest machine has cores. */
const hands = 2;
const failuresMax = 5;
/** One seed in so many runs twice, and must be the same run. */
const repeatEach = 50;

const print = (lines: readonly string[]) => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** @returns 0 when everything held, 1 when not @throws WrongUsage */
export async function simulate(args: string[]): Promise<number> {
  const { seeds, seed, mutants } = parse(args);
  if (mutants) return searchMutants(print);
  return seed === undefined ? runMany(seeds) : replay(seed);
}

function parse(args: string[]) {
  const options = {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    const seed = values.seed === undefined ? undefined : whole('--seed', values.seed);
    return {
      seeds: whole('--seeds', values.seeds ?? String(seedsDefault)),
      seed,
      mutants: values.mutants,
    };
  } catch (cause) {
    throw new WrongUsage(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${option} needs a whole number from 1 on`);
  return value;
}

/** Each once, and some twice. */
function* seedsUpTo(count: number): Generator<number> {
  for (let seed = 1; seed <= count; seed += 1) {
    yield seed;
    if (seed % repeatEach === 1) yield seed;
  }
}

async function runMany(seeds: number): Promise<number> {
  const began = performance.now();
  const tally = createTally();
  const hashes = new Map<number, string>();
  const done = (result: SeedResult): boolean => {
    const again = hashes.get(result.seed);
    hashes.set(result.seed, result.hash);
    if (again === undefined) tally.add(result);
    else if (again !== result.hash) tally.add(notTheSame(result));
    return tally.failed().length >= failuresMax;
  };
  await runSeeds({ patches: [], seeds: seedsUpTo(seeds), hands, done });
  const failed = tally.failed();
  for (const result of failed) print([...failureLines(result), '']);
  print(tally.lines((performance.now() - began) / 1_000));
  const missed = tally.missed();
  for (const state of missed) print(['', `reached too rarely to prove anything: ${state}`]);
  print(['', failed.length === 0 ? 'Everything held.' : `${failed.length} seeds have failed.`]);
  return failed.length + missed.length === 0 ? 0 : 1;
}

const notTheSame = (result: SeedResult): SeedResult => ({
  ...result,
  findings: [
    { invariant: 'determinism', words: 'a second run of the seed has another state hash' },
  ],
});

async function replay(seed: number): Promise<number> {
  let code = 0;
  const done = (result: SeedResult): boolean => {
    const failed = result.findings.length > 0;
    code = failed ? 1 : 0;
    print(['', `seed ${seed}: ${result.commits} commits, state ${result.hash}`]);
    print(failed ? failureLines(result) : ['Everything held.']);
    return true;
  };
  const story = (line: string) => print([line]);
  await runSeeds({ patches: [], seeds: [seed].values(), hands: 1, story, done });
  return code;
}
