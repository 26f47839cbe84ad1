/** The store that the environment names, read from outside. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Head } from '@holdfast/chassis/log/event-log';
import type { StoredLog } from '@holdfast/chassis/stored/stored-log';
import { openStoredMongoLog } from '@holdfast/chassis/stored/stored-log.mongo';
import { openStoredLog } from '@holdfast/chassis/stored/stored-log.sqlite';
import { lanes } from './embedded.ts';
import { readHeads } from './heads-file.ts';
import { Refused } from './refused.ts';
import { inMemory, type Settings } from './settings.ts';

export type StoreForReading = {
  readonly stored: StoredLog;
  /** By `context:lane`, how far each log is known to have reached. */
  readonly notedHeads: Readonly<Record<string, Head>>;
};

const contexts = lanes.map(({ context }) => context);

/** @throws Refused, StoreFailure */
export async function openForReading(settings: Settings): Promise<StoreForReading> {
  if (settings.topology === 'clustered') {
    const stored = await openStoredMongoLog({ url: settings.cluster.mongodbUrl }, contexts);
    // Its heads are kept by the replicas; no file of this machine knows them.
    return { stored, notedHeads: {} };
  }
  if (settings.data === inMemory) {
    throw new Refused('HOLDFAST_DATA is memory, so there is no store to read; set it to a folder.');
  }
  const folder = resolve(settings.data);
  if (!existsSync(join(folder, 'holdfast.db'))) {
    throw new Refused(`There is no store in ${folder}; set HOLDFAST_DATA to its folder.`);
  }
  return { stored: openStoredLog(folder), notedHeads: readHeads(folder) };
}
