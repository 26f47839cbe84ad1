/**
 * The only thread that writes: one transaction a message, so that all waiting commits share one
 * sync of the disk.
 */
import os from 'node:os';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import {
  type FromWorker,
  rowsOf,
  type ToWorker,
  valuesOf,
  type WriteJob,
  type WriterData,
  type WriteStatement,
} from './sqlite-jobs.ts';
import { writerPragmas } from './sqlite-schema.ts';

const { file, port, isPatient } = workerData as WriterData;
// Elsewhere than in Linux a priority is that of the whole process.
if (isPatient && process.platform === 'linux') {
  os.setPriority(Math.max(os.getPriority(), os.constants.priority.PRIORITY_BELOW_NORMAL));
}
const database = new DatabaseSync(file, { timeout: 5_000 });
database.enableDefensive?.(true);
database.exec(writerPragmas);
const statements = new Map<string, StatementSync>();

const statement = (sql: string): StatementSync => {
  const known = statements.get(sql);
  if (known) return known;
  const prepared = database.prepare(sql);
  statements.set(sql, prepared);
  return prepared;
};

let isSyncing = false;

/**
 * FULL: on the disk when it is acknowledged (RELIABILITY 1.3). NORMAL: whole transactions in their
 * order, of which the last ones may be lost with the power.
 */
function setSynced(synced: boolean): void {
  if (synced === isSyncing) return;
  database.exec(`PRAGMA synchronous = ${synced ? 'FULL' : 'NORMAL'}`);
  isSyncing = synced;
}

/** Rows given to SQLite at once: each call costs more than the row it writes. */
const tupleRowsMax = 50;

function runStatement(job: WriteStatement): number {
  const { head, tail, width } = job;
  const [values, rows] = [valuesOf(job), rowsOf(job)];
  if (width === 0) return Number(statement(head + tail).run().changes);
  const tuple = `(${Array(width).fill('?').join(', ')})`;
  let changed = 0;
  for (let row = 0; row < rows; ) {
    // Two statements are prepared for each shape: full tuples and single ones.
    const take = rows - row >= tupleRowsMax ? tupleRowsMax : 1;
    const prepared = statement(head + Array(take).fill(tuple).join(', ') + tail);
    const part = values.slice(row * width, (row + take) * width) as SQLInputValue[];
    changed += Number(prepared.run(...part).changes);
    row += take;
  }
  return changed;
}

/** Rows changed by each job, in order. */
function runAll(jobs: readonly WriteJob[]): number[] {
  statement('BEGIN IMMEDIATE').run();
  try {
    const changes = jobs.map((job) => {
      let changed = 0;
      for (const part of job) changed += runStatement(part);
      return changed;
    });
    statement('COMMIT').run();
    return changes;
  } catch (failure) {
    // After some failures SQLite has rolled back by itself.
    if (database.isTransaction) statement('ROLLBACK').run();
    throw failure;
  }
}

const answer = (message: FromWorker) => port.postMessage(message);

port.on('message', (message: ToWorker) => {
  if (message.type === 'close') {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    answer({ type: 'closed' });
    return;
  }
  try {
    setSynced(message.synced);
    answer({ type: 'done', changes: runAll(message.jobs) });
  } catch (failure) {
    const { message: text, errcode } = failure as { message: string; errcode?: number };
    answer({ type: 'failed', text, errcode: errcode ?? 1 });
  }
});
answer({ type: 'open' });
