/** What every adapter of the announcer must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnnouncedOn, Announcement, Announcer } from './announcer.ts';

export type AnnouncerUnderTest = {
  readonly announcer: Announcer;
  /** What a stream may hold: bodies and what belongs to them. */
  readonly bytesMax: number;
  /** What the stream holds now, oldest first. */
  held(stream: AnnouncedOn): Promise<readonly Announcement[]>;
  /** Takes everything out of the stream, as an operator does. */
  empty(stream: AnnouncedOn): Promise<void>;
  close(): Promise<void>;
};

const ofOrder = (at: number, body = `{"id":"${at}"}`): Announcement => ({
  ...{ subject: 'evt.orders.03.order.placed', id: `orders:3:${at}:0`, body },
});

const ofParked = (at: number, body = `{"id":"${at}"}`): Announcement => ({
  ...{ subject: 'dlq.allocation.03', id: `allocation:orders:3:${at}:0`, body },
});

/** So that few of them fill a stream. */
const partsOfStream = 8;

export function announcerContract(name: string, open: () => Promise<AnnouncerUnderTest>): void {
  describe(`announcer: ${name}`, () => {
    let under: AnnouncerUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    const announce = async (on: AnnouncedOn, ...announcements: readonly Announcement[]) => {
      for (const one of announcements) await under.announcer.announce(on, [one]);
    };
    const long = () => 'x'.repeat(under.bytesMax / partsOfStream);

    it('keeps what was announced, as it was, in order', async () => {
      await announce('EVT', ofOrder(1), ofOrder(2, '{"Ä":"\\u0000 \\n"}'), ofOrder(3));
      const kept = [ofOrder(1), ofOrder(2, '{"Ä":"\\u0000 \\n"}'), ofOrder(3)];
      expect(await under.held('EVT')).toEqual(kept);
    });

    it('takes the same id for the same announcement', async () => {
      await announce('EVT', ofOrder(1), ofOrder(2), ofOrder(1), ofOrder(2));
      expect(await under.held('EVT')).toEqual([ofOrder(1), ofOrder(2)]);
    });

    it('takes several at once, and those that it has already only once', async () => {
      const all = [1, 2, 3, 4].map((at) => ofOrder(at));
      await under.announcer.announce('EVT', all.slice(0, 3));
      await under.announcer.announce('EVT', all.slice(1));
      expect(await under.held('EVT')).toEqual(all);
    });

    it('takes what several announce at the same time, each of them in order', async () => {
      const ofLane = (lane: number) =>
        Array.from({ length: 20 }, (_, at) => ({ ...ofOrder(at), id: `orders:${lane}:${at}:0` }));
      const lanes = [1, 2, 3].map(ofLane);
      await Promise.all(lanes.map((all) => under.announcer.announce('EVT', all)));
      const held = await under.held('EVT');
      for (const [at, all] of lanes.entries()) {
        expect(held.filter(({ id }) => id.startsWith(`orders:${at + 1}:`))).toEqual(all);
      }
    });

    it('keeps streams apart', async () => {
      await announce('EVT', ofOrder(1));
      await announce('DLQ', ofParked(1));
      expect(await under.held('EVT')).toEqual([ofOrder(1)]);
      expect(await under.held('DLQ')).toEqual([ofParked(1)]);
    });

    it('lets the oldest events give way when their stream is full', async () => {
      const all = Array.from({ length: 2 * partsOfStream }, (_, at) => ofOrder(at, long()));
      await announce('EVT', ...all);
      const held = await under.held('EVT');
      expect(held.length).toBeGreaterThan(1);
      expect(held).toEqual(all.slice(-held.length));
      expect(held.length).toBeLessThanOrEqual(partsOfStream);
    });

    it('refuses what was set aside when its stream is full, and keeps the old', async () => {
      let taken = 0;
      const fill = async () => {
        for (; taken < 2 * partsOfStream; taken += 1) {
          await announce('DLQ', ofParked(taken, long()));
        }
      };
      await expect(fill()).rejects.toThrow(/DLQ.*is full/);
      expect(taken).toBeLessThanOrEqual(partsOfStream);
      const held = await under.held('DLQ');
      expect(held).toEqual(Array.from({ length: taken }, (_, at) => ofParked(at, long())));
      await announce('EVT', ofOrder(1));
      await under.empty('DLQ');
      await announce('DLQ', ofParked(99));
      expect(await under.held('DLQ')).toEqual([ofParked(99)]);
    });
  });
}
