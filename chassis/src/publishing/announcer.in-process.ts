/** Announcements kept in the process, for tests and for who listens in it. */
import { type Announcement, type Announcer, StreamFull } from './announcer.ts';

export type InProcessAnnouncer = Announcer & {
  /** Oldest first. */
  held(stream: Announcement['stream']): readonly Announcement[];
  empty(stream: Announcement['stream']): void;
};

type Kept = { readonly all: Map<string, Announcement>; bytes: number };

const bytesOf = ({ subject, id, body }: Announcement): number =>
  subject.length + id.length + Buffer.byteLength(body);

/** @param bytesMax what each stream may hold */
export function inProcessAnnouncer(bytesMax: number): InProcessAnnouncer {
  const streams: Record<Announcement['stream'], Kept> = {
    EVT: { all: new Map(), bytes: 0 },
    DLQ: { all: new Map(), bytes: 0 },
  };

  /** The oldest events give way; what was set aside never does. */
  const makeRoom = (kept: Kept, stream: Announcement['stream'], bytes: number) => {
    for (const [id, oldest] of stream === 'EVT' ? kept.all : []) {
      if (kept.bytes + bytes <= bytesMax) break;
      kept.all.delete(id);
      kept.bytes -= bytesOf(oldest);
    }
    if (kept.bytes + bytes > bytesMax) throw new StreamFull(stream, 'this process');
  };

  return {
    async announce(announcement) {
      const { stream, id } = announcement;
      const kept = streams[stream];
      if (kept.all.has(id)) return;
      makeRoom(kept, stream, bytesOf(announcement));
      kept.all.set(id, announcement);
      kept.bytes += bytesOf(announcement);
    },
    held: (stream) => [...streams[stream].all.values()],
    empty(stream) {
      streams[stream] = { all: new Map(), bytes: 0 };
    },
  };
}
