/** What a simulation says at its end. */
import { type Finding, type Invariant, invariants } from './findings.ts';
import { fullSeeds, mustBeReached, reachedLeast } from './reached.ts';
import type { SeedResult } from './run-seed.ts';

const findingsShownMax = 5;
const number = new Intl.NumberFormat('en');

export type Tally = {
  add(result: SeedResult): void;
  seeds(): number;
  failed(): readonly SeedResult[];
  /** States that were reached too rarely for this many seeds. */
  missed(): readonly string[];
  lines(seconds: number): string[];
};

export function createTally(): Tally {
  const reached = new Map<string, number>();
  const failed: SeedResult[] = [];
  let [seeds, steps, virtualMs, commits, requests] = [0, 0, 0, 0, 0];

  const missed = () =>
    seeds < fullSeeds
      ? []
      : mustBeReached.filter(
          (state) => (reached.get(state) ?? 0) < (reachedLeast * seeds) / fullSeeds,
        );

  return {
    add(result) {
      seeds += 1;
      steps += result.steps;
      virtualMs += result.virtualMs;
      commits += result.commits;
      requests += result.requests;
      for (const [state, times] of result.noted)
        reached.set(state, (reached.get(state) ?? 0) + times);
      if (result.findings.length > 0) failed.push(result);
    },
    seeds: () => seeds,
    failed: () => failed,
    missed,
    lines(seconds) {
      const hours = (virtualMs / 3_600_000).toFixed(1);
      const others = [...reached.keys()].filter((state) => !mustBeReached.includes(state)).sort();
      return [
        `${number.format(seeds)} seeds in ${seconds.toFixed(1)} s ` +
          `(${(seeds / seconds).toFixed(1)} a second): ` +
          `${number.format(requests)} requests, ${number.format(commits)} commits, ` +
          `${number.format(steps)} steps, ${hours} hours of virtual time`,
        '',
        'reached:',
        ...[...mustBeReached, ...others].map(
          (state) => `${number.format(reached.get(state) ?? 0).padStart(11)}  ${state}`,
        ),
      ];
    },
  };
}

/** The seed first, then each invariant in words, and how it was broken. */
export function failureLines({ seed, findings }: SeedResult): string[] {
  const byInvariant = Map.groupBy(findings, ({ invariant }) => invariant);
  return [
    `seed ${seed} breaks what must hold; replay it with: holdfast simulate --seed ${seed}`,
    ...[...byInvariant].flatMap(([invariant, found]) => linesOf(invariant, found)),
  ];
}

function linesOf(invariant: Invariant, found: readonly Finding[]): string[] {
  const shown = found.slice(0, findingsShownMax).map(({ words }) => `    ${words}`);
  const more = found.length - shown.length;
  return [
    `  ${invariant}: ${invariants[invariant]}`,
    ...shown,
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}
