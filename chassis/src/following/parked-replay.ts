/**
 * What an operator does with parked events: try them again or give them up. Both leave a document
 * that says who and why.
 */
import type { Clock } from '../clock.ts';
import {
  auditCollection,
  type Parked,
  type ReplayFilter,
  type ReplayReport,
  type ReplayRequest,
} from './parked.ts';
import type { ParkedStreams } from './parked-streams.ts';
import type { PositionWriter } from './position-writer.ts';

export type ParkedDesk = {
  replay(request: ReplayRequest): Promise<ReplayReport>;
  discard(id: string, reason: string, actor: string): Promise<boolean>;
};

const picks = (filter: ReplayFilter, parked: Parked): boolean => {
  switch (filter.by) {
    case 'id':
      return parked.id === filter.id || parked.events.some(({ id }) => id === filter.id);
    case 'stream':
      return parked.stream === filter.stream;
    case 'cause':
      return parked.cause === filter.cause;
  }
};

export function parkedDesk(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly waiting: ParkedStreams;
  readonly writer: PositionWriter;
}): ParkedDesk {
  const { name, clock, waiting, writer } = options;

  const audit = (what: object): Promise<void> => {
    const body = JSON.stringify({ ...what, consumer: name, at: clock.now() });
    writer.put({ collection: auditCollection(name), id: clock.newId(), version: 1, body });
    return writer.flush();
  };

  return {
    async replay({ filter, dryRun, actor }) {
      const streams = [...waiting.streams()].filter(([, queue]) =>
        queue.some((parked) => picks(filter, parked)),
      );
      const selected = streams.flatMap(([, queue]) => queue.map(({ id }) => id));
      const replayed: string[] = [];
      if (!dryRun) {
        // One stream after the other: a replay must not crowd out what happens now.
        for (const [key] of streams) replayed.push(...(await waiting.drain(key)));
        await audit({ type: 'replay', filter, actor, selected, replayed });
      }
      const left = streams.flatMap(([key]) => waiting.streams().get(key) ?? []);
      return { selected, replayed, remaining: left.map(({ id, reason }) => ({ id, reason })) };
    },

    async discard(id, reason, actor) {
      for (const [key, queue] of waiting.streams()) {
        const parked = queue.find((one) => picks({ by: 'id', id }, one));
        if (!parked) continue;
        waiting.discard(key, parked.id);
        await audit({ type: 'discard', actor, reason, parked });
        return true;
      }
      return false;
    },
  };
}
