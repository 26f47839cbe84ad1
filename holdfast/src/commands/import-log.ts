/**
 * `holdfast import --log FILE`: an exported log into an empty store, its chain checked on the way.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type CommitRecord, chainHash, decodeCommit, genesisHash } from '@holdfast/chassis/commit';
import { sqliteEventLog } from '@holdfast/chassis/event-log.sqlite';
import { openSqliteStore, type SqliteStore } from '@holdfast/chassis/sqlite-store';
import { z } from 'zod';
import { lanes } from '../embedded.ts';
import { Refused } from '../refused.ts';
import { inMemory, readEmbeddedSettings } from '../settings.ts';

const record = z.object({
  context: z.string(),
  lane: z.number().int(),
  version: z.number().int(),
  commitId: z.string(),
  prevHash: z.string(),
  hash: z.string(),
  body: z.string(),
});

const secrets = z.object({
  meta: z.record(z.string(), z.string()),
  personalKeys: z.record(z.string(), z.string()),
});

const commitsAtOnce = 256;

function parseLine(line: string, number: number): CommitRecord {
  try {
    return record.parse(JSON.parse(line));
  } catch (cause) {
    throw new Refused(`Line ${number} is not a commit; export the log again.`, { cause });
  }
}

/** The exit code. */
export async function importLog(file: string): Promise<number> {
  const { data } = readEmbeddedSettings(process.env, 'import --log');
  if (data === inMemory)
    throw new Refused('HOLDFAST_DATA is memory; set it to the folder of the new store.');
  if (!existsSync(file)) throw new Refused(`There is no file ${file}.`);
  const folder = resolve(data);
  const store = await openSqliteStore({ folder, onFailure: () => {} });
  try {
    const log = sqliteEventLog(store);
    for (const lane of lanes) {
      if ((await log.head(lane)).version > 0) {
        throw new Refused(
          `The store in ${folder} is not empty; set HOLDFAST_DATA to a new folder.`,
        );
      }
    }
    await keepSecrets(store, file);
    const heads = new Map<string, { version: number; hash: string }>();
    let underWay: Promise<unknown>[] = [];
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      number += 1;
      const commit = parseLine(line, number);
      const name = `${commit.context}:${commit.lane}`;
      const head = heads.get(name) ?? { version: 0, hash: genesisHash };
      const { version, body, hash, prevHash } = commit;
      const follows = version === head.version + 1 && prevHash === head.hash;
      if (!follows || chainHash(prevHash, commit, version, body) !== hash) {
        throw new Refused(`Line ${number} breaks the chain of ${name}; export the log again.`);
      }
      heads.set(name, { version, hash });
      underWay.push(log.append(decodeCommit(commit)));
      if (underWay.length < commitsAtOnce) continue;
      await Promise.all(underWay);
      underWay = [];
    }
    await Promise.all(underWay);
    process.stdout.write(`${number} commits imported into ${folder}\n`);
    return 0;
  } finally {
    await store.close();
  }
}

/**
 * Without them, personal data cannot be read and a retry across the move is taken for another
 * request.
 */
async function keepSecrets(store: SqliteStore, file: string): Promise<void> {
  const beside = `${file}.keys`;
  if (!existsSync(beside)) {
    process.stderr.write(
      `There is no ${beside}: personal data of the orders cannot be read in the new store.\n`,
    );
    return;
  }
  const { meta, personalKeys } = secrets.parse(JSON.parse(readFileSync(beside, 'utf8')));
  const keys = Object.entries(personalKeys);
  await store.write([
    {
      head: 'INSERT INTO meta (key, value) VALUES ',
      tail: ' ON CONFLICT DO NOTHING',
      width: 2,
      values: Object.entries(meta).flat(),
    },
    {
      head: 'INSERT INTO personal_keys (subject, key) VALUES ',
      tail: ' ON CONFLICT DO NOTHING',
      width: 2,
      values: keys.flatMap(([subject, key]) => [subject, Buffer.from(key, 'base64url')]),
    },
  ]);
}
