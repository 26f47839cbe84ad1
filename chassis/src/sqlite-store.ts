/**
 * One SQLite file: a thread that writes, a connection here that reads, and a lock that ends with
 * the process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { asStoreFailure } from './sqlite-failure.ts';
import { type FromWorker, rowsOf, type Value, type WriteJob } from './sqlite-jobs.ts';
import { createTables, importing, storeFormat, writerPragmas } from './sqlite-schema.ts';
import { StoreFailure } from './store-failure.ts';

export type Row = Readonly<Record<string, Value>>;

export type SqliteStore = {
  readonly folder: string;
  /**
   * Rows changed; all jobs waiting at the same time share one transaction. @throws StoreFailure and
   * others
   */
  write(job: WriteJob): Promise<number>;
  /** The same for what nobody waits for: it goes along with what is urgent, a little at a time. */
  writeLater(job: WriteJob): Promise<number>;
  one(sql: string, ...values: Value[]): Row | undefined;
  all(sql: string, ...values: Value[]): readonly Row[];
  close(): Promise<void>;
};

export type OpenStoreOptions = {
  readonly folder: string;
  /** Called when a write failed for a reason that will not go away by itself. */
  readonly onFailure: (failure: StoreFailure) => void;
};

const jobsInTransactionMax = 512;
/** Rows that nobody waits for, in a transaction that somebody waits for and in one of their own. */
const laterRowsBeside = 150;
const laterRowsAlone = 1_000;

/**
 * Held until the process ends, however it ends. @throws StoreFailure when another process holds it
 */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  return lock;
}

function prepareFile(file: string, folder: string) {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    database.exec(writerPragmas);
    database.exec(createTables);
    const insert = database.prepare(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    insert.run('format', String(storeFormat));
    const format = database.prepare("SELECT value FROM meta WHERE key = 'format'").get();
    if (format?.value === importing[1]) {
      throw new StoreFailure(
        `An import into the store in ${folder} has not ended; delete that folder and import again.`,
      );
    }
    if (format?.value !== String(storeFormat)) {
      throw new StoreFailure(
        `The store in ${folder} has format ${String(format?.value)}, this Holdfast knows ${storeFormat}; use the version that wrote it to export, and import here.`,
      );
    }
  } finally {
    database.close();
  }
}

/** @throws StoreFailure with a sentence when the store is locked, damaged, full or not writable */
export async function openSqliteStore(options: OpenStoreOptions): Promise<SqliteStore> {
  const { folder } = options;
  const file = join(folder, 'holdfast.db');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockFolder(folder);
    prepareFile(file, folder);
    const reader = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    return await withWriter(options, file, reader, lock);
  } catch (failure) {
    if (failure instanceof StoreFailure) throw failure;
    throw asStoreFailure(failure, folder) ?? failure;
  }
}

type WaitingJob = {
  readonly job: WriteJob;
  readonly resolve: (changed: number) => void;
  readonly reject: (failure: unknown) => void;
};

async function withWriter(
  { folder, onFailure }: OpenStoreOptions,
  file: string,
  reader: DatabaseSync,
  lock: DatabaseSync,
): Promise<SqliteStore> {
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData: { file },
  });
  const statements = new Map<string, StatementSync>();
  let waiting: WaitingJob[] = [];
  let later: WaitingJob[] = [];
  let running: WaitingJob[] = [];
  let closed: (() => void) | undefined;

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const prepared = reader.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };

  const send = () => {
    if (running.length > 0 || waiting.length + later.length === 0) return;
    running = waiting.slice(0, jobsInTransactionMax);
    waiting = waiting.slice(running.length);
    let room = running.length > 0 ? laterRowsBeside : laterRowsAlone;
    for (let first = later[0]; first && room > 0; first = later[0]) {
      running.push(first);
      room -= first.job.reduce((rows, statement) => rows + rowsOf(statement), 0);
      later = later.slice(1);
    }
    worker.ref();
    worker.postMessage({ type: 'write', jobs: running.map(({ job }) => job) });
  };

  const failAll = (failure: unknown) => {
    const lost = [...running, ...waiting, ...later];
    running = [];
    waiting = [];
    later = [];
    for (const { reject } of lost) reject(failure);
  };

  const hear = (message: FromWorker) => {
    const settled = running;
    running = [];
    if (message.type === 'done') {
      for (const [at, { resolve }] of settled.entries()) resolve(message.changes[at] ?? 0);
    } else if (message.type === 'failed') {
      const cause = Object.assign(new Error(message.text), { errcode: message.errcode });
      const failure = asStoreFailure(cause, folder);
      if (failure) onFailure(failure);
      for (const { reject } of settled) reject(failure ?? cause);
    } else if (message.type === 'closed') closed?.();
    send();
    // The process lives by its server and by what is being written, not by an idle store.
    if (running.length === 0) worker.unref();
  };

  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  worker.on('message', hear);
  worker.on('error', failAll);
  worker.unref();

  const put = (queue: 'waiting' | 'later', job: WriteJob) =>
    new Promise<number>((resolve, reject) => {
      (queue === 'waiting' ? waiting : later).push({ job, resolve, reject });
      send();
    });

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
    folder,
    write: (job) => put('waiting', job),
    writeLater: (job) => put('later', job),
    one: (sql, ...values) => read(() => prepare(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => read(() => prepare(sql).all(...values) as Row[]),
    async close() {
      await new Promise<void>((resolve) => {
        closed = resolve;
        worker.ref();
        worker.postMessage({ type: 'close' });
      });
      await worker.terminate();
      reader.close();
      lock.close();
    },
  };
}
