/** The store that HOLDFAST_DATA names, read from outside. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openStoredLog, type StoredLog } from '@holdfast/chassis/stored-log.sqlite';
import { Refused } from './refused.ts';
import { inMemory } from './settings.ts';

/** @throws Refused, StoreFailure */
export function openForReading(data: string): StoredLog {
  if (data === inMemory) {
    throw new Refused('HOLDFAST_DATA is memory, so there is no store to read; set it to a folder.');
  }
  const folder = resolve(data);
  if (!existsSync(join(folder, 'holdfast.db'))) {
    throw new Refused(`There is no store in ${folder}; set HOLDFAST_DATA to its folder.`);
  }
  return openStoredLog(folder);
}
