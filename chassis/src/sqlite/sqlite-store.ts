/**
 * A store in SQLite: the log, and beside it rows, most of which could be made again from it. Each
 * is a file with a thread of its own that writes it, so that no append waits for rows; a connection
 * here reads both, and a lock ends with the process.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StoreFailure } from '../store-failure.ts';
import { asStoreFailure } from './sqlite-failure.ts';
import type { Value, WriteJob } from './sqlite-jobs.ts';
import {
  createLogTables,
  createRowTables,
  importing,
  logFile,
  rowsFile,
  storeFormat,
  writerPragmas,
} from './sqlite-schema.ts';
import { openWriter, type SqliteWriter } from './sqlite-writer.ts';

export type Row = Readonly<Record<string, Value>>;

export type SqliteStore = {
  readonly folder: string;
  /** Into the log's file; see `SqliteWriter.write`. */
  write(job: WriteJob): Promise<number>;
  /** Into the rows' file. */
  readonly rows: Pick<SqliteWriter, 'write' | 'writeLater'>;
  /** See `SqliteWriter.hear`; of both files. */
  hear(): void;
  one(sql: string, ...values: Value[]): Row | undefined;
  all(sql: string, ...values: Value[]): readonly Row[];
  close(): Promise<void>;
};

export type OpenStoreOptions = {
  readonly folder: string;
  /** Called when a write failed for a reason that will not go away by itself. */
  readonly onFailure: (failure: StoreFailure) => void;
};

/** @throws StoreFailure with a sentence when the store is locked, damaged, full or not writable */
export async function openSqliteStore(options: OpenStoreOptions): Promise<SqliteStore> {
  const { folder, onFailure } = options;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockFolder(folder);
    const reader = sound(lock, () => prepareFiles(folder));
    const writerOf = (file: string, isPatient: boolean) =>
      openWriter({ file: join(folder, file), isPatient, folder, onFailure });
    const [log, rows] = await Promise.all([writerOf(logFile, false), writerOf(rowsFile, true)]);
    return {
      ...{ folder, write: log.write, rows, ...reading(reader, options) },
      hear() {
        log.hear();
        rows.hear();
      },
      async close() {
        await Promise.all([log.close(), rows.close()]);
        reader.close();
        lock.close();
      },
    };
  } catch (failure) {
    if (failure instanceof StoreFailure) throw failure;
    throw asStoreFailure(failure, folder) ?? failure;
  }
}

/**
 * Held until the process ends, however it ends. @throws StoreFailure when another process holds it
 */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  return lock;
}

/** Lets the folder go when it cannot be used. */
function sound<Result>(lock: DatabaseSync, run: () => Result): Result {
  try {
    return run();
  } catch (failure) {
    lock.close();
    throw failure;
  }
}

/** Followers' positions are only there: without them old events would be acted upon again. */
const rowsLost = (folder: string, what: string): StoreFailure =>
  new StoreFailure(
    `The file ${rowsFile} in ${folder} ${what}; put back the one that belongs to the store, ` +
      'or export the log and import it into a new folder.',
  );

/** @returns a connection that reads both files */
function prepareFiles(folder: string): DatabaseSync {
  const { store, isNew } = inFile(join(folder, logFile), (database) => {
    database.exec(writerPragmas);
    database.exec(createLogTables);
    const format = onlyValue(database, "SELECT value FROM meta WHERE key = 'format'");
    if (format === importing[1]) {
      throw new StoreFailure(
        `An import into the store in ${folder} has not ended; delete that folder and import again.`,
      );
    }
    if (format !== String(storeFormat)) {
      throw new StoreFailure(
        `The store in ${folder} has format ${format}, this Holdfast knows ${storeFormat}; ` +
          'use the version that wrote it to export, and import here.',
      );
    }
    return {
      store: onlyValue(database, "SELECT value FROM meta WHERE key = 'store'"),
      isNew: onlyValue(database, 'SELECT EXISTS (SELECT 1 FROM log) AS value') === '0',
    };
  });
  if (!isNew && !existsSync(join(folder, rowsFile))) throw rowsLost(folder, 'is missing');
  inFile(join(folder, rowsFile), (database) => {
    database.exec(writerPragmas);
    database.exec(createRowTables);
    database.prepare('INSERT INTO made_from VALUES (1, ?) ON CONFLICT DO NOTHING').run(store);
    if (onlyValue(database, 'SELECT store AS value FROM made_from') === store) return;
    throw rowsLost(folder, 'belongs to another store');
  });
  const reader = new DatabaseSync(join(folder, logFile), { readOnly: true, timeout: 5_000 });
  reader.prepare('ATTACH DATABASE ? AS made').run(join(folder, rowsFile));
  return reader;
}

function inFile<Result>(file: string, run: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    return run(database);
  } finally {
    database.close();
  }
}

const onlyValue = (database: DatabaseSync, sql: string): string =>
  String(database.prepare(sql).get()?.value);

function reading(
  reader: DatabaseSync,
  { folder, onFailure }: OpenStoreOptions,
): Pick<SqliteStore, 'one' | 'all'> {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const prepared = reader.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  const read = <Result>(run: () => Result): Result => {
    try {
      return run();
    } catch (failure) {
      const known = asStoreFailure(failure, folder);
      if (known) onFailure(known);
      throw known ?? failure;
    }
  };
  return {
    one: (sql, ...values) => read(() => prepare(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => read(() => prepare(sql).all(...values) as Row[]),
  };
}
