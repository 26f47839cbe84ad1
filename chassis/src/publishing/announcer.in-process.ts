/** Announcements kept in the process, for tests and for who listens in it. */
import { type AnnouncedOn, type Announcement, type Announcer, StreamFull } from './announcer.ts';

export type InProcessAnnouncer = Announcer & {
  /** Oldest first. */
  held(stream: AnnouncedOn): readonly Announcement[];
  empty(stream: AnnouncedOn): void;
};

type Kept = { readonly all: Map<string, Announcement>; bytes: number };

const bytesOf = ({ subject, id, body }: Announcement): number =>
  subject.length + id.length + Buffer.byteLength(body);

/** @param bytesMax what each stream may hold */
export function inProcessAnnouncer(bytesMax: number): InProcessAnnouncer {
  const streams: Record<AnnouncedOn, Kept> = {
    EVT: { all: new Map(), bytes: 0 },
    DLQ: { all: new Map(), bytes: 0 },
  };

  /** The oldest events give way; what was set aside never does. */
  const makeRoom = (kept: Kept, stream: AnnouncedOn, bytes: number) => {
    for (const [id, oldest] of stream === 'EVT' ? kept.all : []) {
      if (kept.bytes + bytes <= bytesMax) break;
      kept.all.delete(id);
      kept.bytes -= bytesOf(oldest);
    }
    if (kept.bytes + bytes > bytesMax) throw new StreamFull(stream, 'this process');
  };

  return {
    async announce(stream, announcements) {
      const kept = streams[stream];
      for (const one of announcements) {
        if (kept.all.has(one.id)) continue;
        makeRoom(kept, stream, bytesOf(one));
        kept.all.set(one.id, one);
        kept.bytes += bytesOf(one);
      }
    },
    held: (stream) => [...streams[stream].all.values()],
    empty(stream) {
      streams[stream] = { all: new Map(), bytes: 0 };
    },
  };
}
