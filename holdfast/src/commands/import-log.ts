/**
 * `holdfast import --log FILE`: an exported log into a new store, its chains checked on the way. A
 * log of one lane becomes one of as many as the new store has.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { lanesOfNewStore } from '../clustered/lanes-of-new-store.ts';
import { allScopes, keyRoles } from '../keys.ts';
import { carryLog } from '../log-import/carry-log.ts';
import { type Survey, surveyLog } from '../log-import/exported-log.ts';
import type { ImportTarget } from '../log-import/import-target.ts';
import { sqliteTarget } from '../log-import/sqlite-target.ts';
import { progressBar } from '../progress-bar.ts';
import { Refused } from '../refused.ts';
import { inMemory, readSettings, type Settings } from '../settings.ts';

const position = z.object({
  ...{ consumer: z.string(), context: z.string(), lane: z.int(), version: z.int() },
  hash: z.string(),
});

const caller = z.object({
  ...{ role: z.enum(keyRoles), id: z.string() },
  scopes: z.array(z.enum(allScopes)),
});

const besideLog = z.object({
  meta: z.record(z.string(), z.string()),
  personalKeys: z.record(z.string(), z.string()),
  // Logs that were exported before these were known have none.
  positions: z.array(position).optional(),
  lanes: z.int().min(1).max(100).optional(),
  callers: z.array(z.object({ hash: z.string(), caller })).default([]),
});
type BesideLog = z.output<typeof besideLog>;

/** The exit code. */
export async function importLog(file: string): Promise<number> {
  const settings = readSettings(process.env);
  if (settings.topology === 'embedded' && settings.data === inMemory) {
    throw new Refused('HOLDFAST_DATA is memory; set it to the folder of the new store.');
  }
  const survey = await surveyLog(file);
  const beside = readBeside(file);
  const sourceLanes = Math.max(survey.laneCount, beside?.lanes ?? 1);
  const target = await openTarget(settings, sourceLanes);
  try {
    await importInto(target, { file, survey, sourceLanes, beside });
    return 0;
  } finally {
    await target.close();
  }
}

/** @throws Refused where the lanes would have to become fewer */
async function openTarget(settings: Settings, sourceLanes: number): Promise<ImportTarget> {
  if (settings.topology === 'embedded') {
    if (sourceLanes > 1) {
      throw new Refused(
        `This log has ${sourceLanes} lanes and an embedded store has one; set NATS_URL and ` +
          'MONGODB_URL to import it into a clustered store, which keeps its lanes.',
      );
    }
    return sqliteTarget(settings.data);
  }
  // Here, so that an embedded system does not load the driver.
  const { mongoTarget } = await import('../log-import/mongo-target.ts');
  const laneCount = sourceLanes > 1 ? sourceLanes : lanesOfNewStore;
  return mongoTarget({ url: settings.cluster.mongodbUrl }, laneCount);
}

/** @throws Refused, StoreFailure */
export async function importInto(
  target: ImportTarget,
  source: {
    readonly file: string;
    readonly survey: Survey;
    readonly sourceLanes: number;
    readonly beside: BesideLog | undefined;
  },
): Promise<void> {
  const { file, survey, sourceLanes, beside } = source;
  await target.begin(beside?.meta.secret);
  const bar = progressBar(file, statSync(file).size);
  const carried = await carryLog({
    ...{ file, survey, sourceLanes, target },
    ...{ positions: beside?.positions, read: bar.add },
  }).finally(bar.end);
  await target.keepPersonalKeys(beside?.personalKeys ?? {});
  for (const owner of ['inventory', 'orders'] as const) {
    const positions = carried.positions.filter((each) => each.owner === owner);
    await target.keepPositions(owner, positions);
  }
  await target.keepCallers(beside?.callers ?? []);
  await target.finish();
  const lanes =
    sourceLanes === target.laneCount
      ? ''
      : ` as ${carried.commits} in ${target.laneCount} lanes a context`;
  process.stdout.write(`${survey.commits} commits imported into ${target.shown}${lanes}\n`);
}

/**
 * Without it, personal data cannot be read and a retry across the move is taken for another
 * request.
 */
export function readBeside(file: string): BesideLog | undefined {
  const beside = `${file}.keys`;
  if (!existsSync(beside)) {
    process.stderr.write(
      `There is no ${beside}: personal data of the orders cannot be read in the new store.\n`,
    );
    return undefined;
  }
  try {
    return besideLog.parse(JSON.parse(readFileSync(beside, 'utf8')));
  } catch (cause) {
    throw new Refused(`${beside} is not what an export writes; export the log again.`, { cause });
  }
}
