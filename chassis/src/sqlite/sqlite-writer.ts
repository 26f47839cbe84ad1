/** One SQLite file and the thread that writes it. */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { StoreFailure } from '../store-failure.ts';
import { asStoreFailure } from './sqlite-failure.ts';
import {
  type FromWorker,
  rowsOf,
  type ToWorker,
  type WriteJob,
  type WriterData,
} from './sqlite-jobs.ts';

export type SqliteWriter = {
  /**
   * On the disk when it resolves, to the number of rows changed; all jobs waiting at the same time
   * share one transaction. @throws StoreFailure and others
   */
  write(job: WriteJob): Promise<number>;
  /**
   * For what nobody waits for: it goes along with what is urgent, a little at a time. A power
   * failure may take back what was written last, never something in the middle.
   */
  writeLater(job: WriteJob): Promise<number>;
  /**
   * Hears at once whether what is being written is written, not only in the event loop's next turn:
   * for who does much in one turn.
   */
  hear(): void;
  close(): Promise<void>;
};

export type WriterOptions = Pick<WriterData, 'file' | 'isPatient'> & {
  readonly folder: string;
  /** Called when a write failed for a reason that will not go away by itself. */
  readonly onFailure: (failure: StoreFailure) => void;
};

type WaitingJob = {
  readonly job: WriteJob;
  readonly resolve: (changed: number) => void;
  readonly reject: (failure: unknown) => void;
};

type Writing = WriterOptions & {
  readonly port: MessagePort;
  waiting: WaitingJob[];
  later: WaitingJob[];
  running: WaitingJob[];
  closed: (() => void) | undefined;
};

const jobsInTransactionMax = 512;
/** Rows that nobody waits for, in a transaction that somebody waits for and in one of their own. */
const laterRowsBeside = 150;
const laterRowsAlone = 1_000;

export async function openWriter(options: WriterOptions): Promise<SqliteWriter> {
  const { file, isPatient } = options;
  const { port1: port, port2: theirs } = new MessageChannel();
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData: { file, isPatient, port: theirs } satisfies WriterData,
    transferList: [theirs],
  });
  const writing: Writing = {
    ...{ ...options, port, waiting: [], later: [], running: [], closed: undefined },
  };
  await new Promise<void>((resolve, reject) => {
    port.once('message', () => resolve());
    worker.once('error', reject);
  });
  port.on('message', (message: FromWorker) => hear(writing, message));
  worker.on('error', (failure) => failAll(writing, failure));
  worker.unref();
  port.unref();
  const put = (queue: 'waiting' | 'later', job: WriteJob) =>
    new Promise<number>((resolve, reject) => {
      writing[queue].push({ job, resolve, reject });
      send(writing);
    });
  return {
    write: (job) => put('waiting', job),
    writeLater: (job) => put('later', job),
    hear() {
      if (writing.running.length === 0) return;
      const received = receiveMessageOnPort(port);
      if (received) hear(writing, received.message as FromWorker);
    },
    async close() {
      await new Promise<void>((resolve) => {
        writing.closed = resolve;
        port.ref();
        tell(writing, { type: 'close' });
      });
      await worker.terminate();
    },
  };
}

const tell = ({ port }: Writing, message: ToWorker): void => port.postMessage(message);

function send(writing: Writing): void {
  if (writing.running.length > 0 || writing.waiting.length + writing.later.length === 0) return;
  writing.running = writing.waiting.slice(0, jobsInTransactionMax);
  writing.waiting = writing.waiting.slice(writing.running.length);
  const synced = writing.running.length > 0;
  let room = synced ? laterRowsBeside : laterRowsAlone;
  let taken = 0;
  for (const next of writing.later) {
    if (room <= 0) break;
    writing.running.push(next);
    room -= next.job.reduce((rows, statement) => rows + rowsOf(statement), 0);
    taken += 1;
  }
  if (taken > 0) writing.later = writing.later.slice(taken);
  writing.port.ref();
  tell(writing, { type: 'write', jobs: writing.running.map(({ job }) => job), synced });
}

function failAll(writing: Writing, failure: unknown): void {
  const lost = [...writing.running, ...writing.waiting, ...writing.later];
  writing.running = [];
  writing.waiting = [];
  writing.later = [];
  for (const { reject } of lost) reject(failure);
}

function hear(writing: Writing, message: FromWorker): void {
  const settled = writing.running;
  writing.running = [];
  if (message.type === 'done') {
    for (const [at, { resolve }] of settled.entries()) resolve(message.changes[at] ?? 0);
  } else if (message.type === 'failed') {
    const cause = Object.assign(new Error(message.text), { errcode: message.errcode });
    const failure = asStoreFailure(cause, writing.folder);
    if (failure) writing.onFailure(failure);
    for (const { reject } of settled) reject(failure ?? cause);
  } else if (message.type === 'closed') writing.closed?.();
  send(writing);
  // The process lives by its server and by what is being written, not by an idle store.
  if (writing.running.length === 0) writing.port.unref();
}
