/**
 * `npm run bench`: every figure from one run on one machine. `--only ledger,badge` for some rows,
 * `--quick` for short ones. A missed goal is told; a missed must exits 1.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figure, Goal, Row } from './row.ts';
import { badge } from './rows/badge.ts';
import { clustered } from './rows/clustered.ts';
import { gateway } from './rows/gateway.ts';
import { graphql } from './rows/graphql.ts';
import { ledger } from './rows/ledger.ts';
import { scale } from './rows/scale.ts';
import { openStores } from './stores.ts';

const rows: readonly Row[] = [ledger, graphql, gateway, badge, scale, clustered];
const resultsFile = fileURLToPath(new URL('../results/latest.json', import.meta.url));
const whatWidth = 42;

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const asked = values.only?.split(',');
const unknown = asked?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
if (unknown.length > 0) {
  const names = rows.map(({ name }) => name).join(', ');
  process.stderr.write(`There is no row ${unknown.join(', ')}; there are ${names}.\n`);
  process.exit(2);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

const verdictOf = ({ text, held, must }: Goal): string =>
  `${must ? 'must' : 'goal'} ${text}: ${held ? 'held' : 'NOT HELD'}`;

function printFigure({ what, value, goals }: Figure): void {
  print(`  ${what.padEnd(whatWidth)} ${value}`);
  for (const goal of goals) print(`  ${''.padEnd(whatWidth)} ${verdictOf(goal)}`);
}

const load = () => loadavg()[0]?.toFixed(1);
const machine = {
  processors: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
  memoryMib: mib(totalmem()),
  freeMib: mib(freemem()),
  node: process.version,
  loadBefore: load(),
};
print(`${machine.processors} x ${machine.model}, ${machine.memoryMib} MiB, node ${machine.node}`);
print(`load before: ${machine.loadBefore} (figures are of a machine with nothing else to do)`);

const storeOf = openStores();
const startedAt = performance.now();
const results: { name: string; title: string; figures: Figure[] }[] = [];
for (const row of rows) {
  if (asked && !asked.includes(row.name)) continue;
  print(`\n${row.title}`);
  const figures: Figure[] = [];
  results.push({ name: row.name, title: row.title, figures });
  await row.run({ quick: values.quick, storeOf }, (figure) => {
    figures.push(figure);
    printFigure(figure);
  });
}

const goals = results.flatMap(({ figures }) => figures.flatMap((figure) => figure.goals));
const held = goals.filter((goal) => goal.held).length;
const missed = goals.filter((goal) => goal.must && !goal.held);
const tookSeconds = Math.round((performance.now() - startedAt) / 1_000);
print(`\n${held} of ${goals.length} goals held, ${tookSeconds} s, load now ${load()}`);
mkdirSync(dirname(resultsFile), { recursive: true });
writeFileSync(resultsFile, `${JSON.stringify({ machine, tookSeconds, results }, null, 2)}\n`);
process.exit(missed.length > 0 ? 1 : 0);
