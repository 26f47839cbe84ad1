/**
 * `npm run faults`: what the clustered system must survive, on real servers. `--only r9,r7` for
 * some rows, `--quick` for short ones. Exits 1 for a violation, and where nothing was injected.
 */
import { parseArgs } from 'node:util';
import { findServers } from '@holdfast/test-servers/find-servers';
import { badNetwork } from './bad-network.ts';
import { brokerEmptied, brokerKilled, brokerUnreachable } from './broker-rows.ts';
import { damagedBroker } from './damaged-broker.ts';
import { diskFull } from './disk-full.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';
import { fullStreams } from './full-streams.ts';
import { killRows } from './kill-parts.ts';
import { overloads } from './overload.ts';
import { poison } from './poison.ts';
import { splitBrain } from './split-brain.ts';

const rows: readonly FaultRow[] = [
  ...killRows,
  brokerKilled,
  damagedBroker,
  brokerEmptied,
  splitBrain,
  brokerUnreachable,
  badNetwork,
  diskFull,
  fullStreams,
  poison,
  ...overloads,
];

const print = (line: string) => process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    kills: { type: 'string' },
  },
});
/** Instead of each row's own number. */
const killsWanted = () => (values.kills === undefined ? undefined : Number(values.kills));
const only = values.only?.toLowerCase().split(',');
const matches = (row: FaultRow) =>
  !only || only.includes(row.name) || only.includes(row.bar.toLowerCase());
const chosen = rows.filter(matches);
if (chosen.length === 0) {
  process.stderr.write(
    `There is no such row; there are ${rows.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

// What was started ends with this process, which a signal alone would not see to.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const servers = await findServers();
const missing = [servers.nats, servers.mongodb].flatMap((server) =>
  server.status === 'missing' ? [server.why] : [],
);
if (missing.length > 0) {
  process.stderr.write(`Real servers are needed: ${missing.join('; ')}.\n`);
  process.exit(1);
}

function tell({ injected, violations, figures }: FaultReport): boolean {
  const counts = Object.entries(injected);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  print(`  injected: ${counts.map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing'}`);
  for (const figure of figures) print(`  ${figure}`);
  for (const violation of violations.slice(0, 10)) print(`  VIOLATION: ${violation}`);
  if (total === 0) print('  FAILED: nothing was injected, so nothing is proved');
  print(`  violations: ${violations.length}`);
  return total > 0 && violations.length === 0;
}

let failed = 0;
for (const row of chosen) {
  print(`\n${row.bar} ${row.title}`);
  const startedAt = performance.now();
  const held = tell(await row.run({ servers, quick: values.quick, kills: killsWanted() }));
  if (!held) failed += 1;
  print(
    `  ${held ? 'held' : 'NOT HELD'}, ${Math.round((performance.now() - startedAt) / 1_000)} s`,
  );
}
print(`\n${chosen.length - failed} of ${chosen.length} rows held`);
process.exit(failed === 0 ? 0 : 1);
