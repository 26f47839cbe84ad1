/** `holdfast verify`: every log again from its beginning, offline or beside a running system. */
import { type Commit, genesisHash, laneKey } from '@holdfast/chassis/commit';
import { BrokenLaw } from '@holdfast/chassis/decider';
import { type Head, StoreCorrupt } from '@holdfast/chassis/log/event-log';
import { inventoryVerifier } from '@holdfast/inventory/verify';
import { readSettings } from '../settings.ts';
import { openForReading } from '../stored-log.ts';

type LaneFigures = { version: number; hash: string; events: number };

/** Dense versions, each commit following the hash of the one before it. @throws StoreCorrupt */
function follow(lanes: Map<string, LaneFigures>, commit: Commit): void {
  const name = laneKey(commit);
  const before = lanes.get(name) ?? { version: 0, hash: genesisHash, events: 0 };
  if (commit.version !== before.version + 1) {
    throw new StoreCorrupt(`commit ${before.version + 1} of ${name} is missing`);
  }
  if (commit.prevHash !== before.hash) {
    throw new StoreCorrupt(`commit ${commit.version} of ${name} does not follow the one before it`);
  }
  const events = commit.entries.reduce((sum, entry) => sum + entry.events.length, before.events);
  lanes.set(name, { version: commit.version, hash: commit.hash, events });
}

function checkNotedHeads(
  heads: Readonly<Record<string, Head>>,
  lanes: ReadonlyMap<string, LaneFigures>,
): void {
  for (const [name, noted] of Object.entries(heads)) {
    const found = lanes.get(name)?.version ?? 0;
    if (found < noted.version) {
      throw new StoreCorrupt(
        `the log of ${name} ends at ${found}, but it once reached ${noted.version}`,
      );
    }
  }
}

/** The exit code. */
export async function verify(): Promise<number> {
  const { stored, notedHeads } = await openForReading(readSettings(process.env));
  const lanes = new Map<string, LaneFigures>();
  const inventory = inventoryVerifier();
  let at = 'the beginning';
  try {
    for await (const commit of stored.commits()) {
      at = `commit ${commit.version} of ${laneKey(commit)}`;
      follow(lanes, commit);
      if (commit.context === 'inventory') inventory.commit(commit);
    }
    at = 'the end';
    checkNotedHeads(notedHeads, lanes);
    const { skus, claims, promises } = inventory.finish();
    for (const [name, { version, events }] of lanes) {
      process.stdout.write(
        `${name}: ${version} commits, ${events} events, up to version ${version}\n`,
      );
    }
    process.stdout.write(
      `${skus} SKUs, ${claims} claims, ${promises} promises, none beyond what was free\n`,
    );
    process.stdout.write('verified\n');
    return 0;
  } catch (failure) {
    if (!(failure instanceof BrokenLaw || failure instanceof StoreCorrupt)) throw failure;
    process.stderr.write(`Breach at ${at}: ${failure.message}\n`);
    return 1;
  } finally {
    await stored.close();
  }
}
