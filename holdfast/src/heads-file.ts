/**
 * The head of each lane, kept apart from the store: so a store whose tail went missing does not
 * look whole.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@holdfast/chassis/clock';
import { type LaneId, laneKey } from '@holdfast/chassis/commit';
import { type EventLog, type Head, StoreCorrupt } from '@holdfast/chassis/log/event-log';
import { z } from 'zod';

const headsText = z.record(z.string(), z.object({ version: z.number(), hash: z.string() }));

const fileOf = (folder: string) => join(folder, 'heads.json');
const writeEveryMs = 1_000;

export function readHeads(folder: string): Readonly<Record<string, Head>> {
  const file = fileOf(folder);
  return existsSync(file) ? headsText.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

/**
 * @throws StoreCorrupt when a log ends before the head that was noted of it, or has another commit
 * there
 */
export async function checkHeads(folder: string, log: EventLog, lanes: readonly LaneId[]) {
  const heads = readHeads(folder);
  for (const lane of lanes) {
    const noted = heads[laneKey(lane)];
    if (!noted || noted.version === 0) continue;
    const [commit] = await log.read(lane, noted.version, 1);
    if (commit?.version === noted.version && commit.hash === noted.hash) continue;
    const { version } = await log.head(lane);
    throw new StoreCorrupt(
      commit
        ? `the log of ${laneKey(lane)} has another commit at ${noted.version} than was noted`
        : `the log of ${laneKey(lane)} ends at ${version}, but it once reached ${noted.version}`,
    );
  }
}

/** Notes the heads while the system runs and when it ends. */
export function noteHeads(folder: string, log: EventLog, lanes: readonly LaneId[], clock: Clock) {
  let noted = '';
  let cancel = () => {};

  const note = async () => {
    const heads = await Promise.all(
      lanes.map(async (lane) => [laneKey(lane), await log.head(lane)]),
    );
    const text = JSON.stringify(Object.fromEntries(heads));
    if (text === noted) return;
    const file = fileOf(folder);
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    noted = text;
  };

  const noteRegularly = () => {
    cancel = clock.after(writeEveryMs, () => {
      // What could not be noted now is noted next time; the store itself says when the disk is
      // full.
      note().then(noteRegularly, noteRegularly);
    });
  };
  noteRegularly();

  return async () => {
    cancel();
    await note();
  };
}
