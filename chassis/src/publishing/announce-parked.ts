/**
 * Says on DLQ that events were set aside. What is said is that they are there, and where: the
 * events stay in the consumer's own store, and so do the words of the failure, which may quote
 * them. Only what is durable there is announced, so it looks at the rows.
 */

import type { Clock } from '../clock.ts';
import {
  type Parked,
  type ParkedStatus,
  parkedCollection,
  parkedFromRow,
} from '../following/parked.ts';
import type { DocumentRow, ReadModel } from '../read-model/read-model.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import type { Announcer } from './announcer.ts';
import { encodeCloudEvent } from './cloud-event.ts';

export type ParkedAnnouncerOptions = {
  /** The follower's name. */
  readonly consumer: string;
  readonly readModel: ReadModel;
  readonly announcer: Announcer;
  readonly clock: Clock;
};

export type ParkedAnnouncer = {
  start(): void;
  stop(): Promise<void>;
  /** Why the last look failed, if it did. */
  trouble(): string | undefined;
};

type State = ParkedAnnouncerOptions & {
  readonly stopping: StopSignal;
  trouble: string | undefined;
};

type SetAside = Parked & { readonly status: Extract<ParkedStatus, { type: 'parked' }> };

const lookEveryMs = 5_000;
const pageRows = 500;

/** What has been announced, so that a restart does not say everything again. */
export const announcedCollection = (consumer: string): string => `parked-announced.${consumer}`;

export function announceParked(options: ParkedAnnouncerOptions): ParkedAnnouncer {
  const state: State = { ...options, stopping: stopSignal(options.clock), trouble: undefined };
  const { stopping } = state;
  let looking: Promise<void> = Promise.resolve();
  const lookRegularly = async () => {
    while (!stopping.stopped()) {
      try {
        await look(state);
        state.trouble = undefined;
      } catch (failure) {
        state.trouble = String(failure);
      }
      await stopping.pause(lookEveryMs);
    }
  };
  return {
    start() {
      looking = lookRegularly();
    },
    async stop() {
      stopping.stop();
      await looking;
    },
    trouble: () => state.trouble,
  };
}

async function look(state: State): Promise<void> {
  const { consumer, readModel, stopping } = state;
  const gone = new Map<string, DocumentRow>();
  for await (const row of rowsOf(readModel, announcedCollection(consumer))) gone.set(row.id, row);
  for await (const row of rowsOf(readModel, parkedCollection(consumer))) {
    if (stopping.stopped()) return;
    const announced = gone.get(row.id);
    gone.delete(row.id);
    const parked = parkedFromRow(row);
    if (isSetAside(parked) && announced?.body !== String(parked.status.since)) {
      await announce(state, row.id, parked, (announced?.version ?? 0) + 1);
    }
  }
  const collection = announcedCollection(consumer);
  const removed = [...gone.values()].map(({ id, version }) => ({
    ...{ collection, id, version: version + 1, body: undefined },
  }));
  if (removed.length > 0) await readModel.write(removed, []);
}

const isSetAside = (parked: Parked): parked is SetAside => parked.status.type === 'parked';

async function* rowsOf(readModel: ReadModel, collection: string): AsyncGenerator<DocumentRow> {
  for (let after = ''; ; ) {
    const range = { prefix: '', after, limit: pageRows, direction: 'up' } as const;
    const rows = await readModel.range(collection, range);
    yield* rows;
    after = rows.at(-1)?.id ?? after;
    if (rows.length < pageRows) return;
  }
}

async function announce(state: State, rowId: string, parked: SetAside, version: number) {
  const { consumer, announcer, readModel } = state;
  const { id, stream, lane, events, cause, status } = parked;
  const said = `${consumer}:${id}:${status.since}`;
  const body = encodeCloudEvent({
    ...{ specversion: '1.0', id: said, source: `/holdfast/${consumer}`, subject: stream },
    ...{ type: 'holdfast.event.parked', time: new Date(status.since).toISOString() },
    datacontenttype: 'application/json',
    data: {
      ...{ consumer, ...lane, version: parked.version, stream },
      ...{ events: events.map((event) => event.id), cause, attempts: status.attempts },
    },
  });
  const subject = `dlq.${tokenOf(consumer)}.${String(lane.lane).padStart(2, '0')}`;
  await announcer.announce('DLQ', [{ subject, id: said, body }]);
  // After it: a crash in between only says it twice.
  const collection = announcedCollection(consumer);
  const mark = { collection, id: rowId, version, body: String(status.since) };
  await readModel.write([mark], []);
}

/** A subject's parts have no dots, spaces or wildcards. */
const tokenOf = (consumer: string): string => consumer.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
