/** What every adapter of the announcer must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Announcement, Announcer } from './announcer.ts';

export type AnnouncerUnderTest = {
  readonly announcer: Announcer;
  /** What a stream may hold: bodies and what belongs to them. */
  readonly bytesMax: number;
  /** What the stream holds now, oldest first. */
  held(stream: Announcement['stream']): Promise<readonly Announcement[]>;
  /** Takes everything out of the stream, as an operator does. */
  empty(stream: Announcement['stream']): Promise<void>;
  close(): Promise<void>;
};

const ofOrder = (at: number, body = `{"id":"${at}"}`): Announcement => ({
  ...{ stream: 'EVT', subject: 'evt.orders.03.order.placed', id: `orders:3:${at}:0`, body },
});

const ofParked = (at: number, body = `{"id":"${at}"}`): Announcement => ({
  ...{ stream: 'DLQ', subject: 'dlq.allocation.03', id: `allocation:orders:3:${at}:0`, body },
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

    const announce = async (...announcements: readonly Announcement[]) => {
      for (const one of announcements) await under.announcer.announce(one);
    };
    const long = () => 'x'.repeat(under.bytesMax / partsOfStream);

    it('keeps what was announced, as it was, in order', async () => {
      await announce(ofOrder(1), ofOrder(2, '{"Ä":"\\u0000 \\n"}'), ofOrder(3));
      const kept = [ofOrder(1), ofOrder(2, '{"Ä":"\\u0000 \\n"}'), ofOrder(3)];
      expect(await under.held('EVT')).toEqual(kept);
    });

    it('takes the same id for the same announcement', async () => {
      await announce(ofOrder(1), ofOrder(2), ofOrder(1), ofOrder(2));
      expect(await under.held('EVT')).toEqual([ofOrder(1), ofOrder(2)]);
    });

    it('keeps streams apart', async () => {
      await announce(ofOrder(1), ofParked(1));
      expect(await under.held('EVT')).toEqual([ofOrder(1)]);
      expect(await under.held('DLQ')).toEqual([ofParked(1)]);
    });

    it('lets the oldest events give way when their stream is full', async () => {
      const all = Array.from({ length: 2 * partsOfStream }, (_, at) => ofOrder(at, long()));
      await announce(...all);
      const held = await under.held('EVT');
      expect(held.length).toBeGreaterThan(1);
      expect(held).toEqual(all.slice(-held.length));
      expect(held.length).toBeLessThanOrEqual(partsOfStream);
    });

    it('refuses what was set aside when its stream is full, and keeps the old', async () => {
      let taken = 0;
      const fill = async () => {
        for (; taken < 2 * partsOfStream; taken += 1) await announce(ofParked(taken, long()));
      };
      await expect(fill()).rejects.toThrow(/DLQ.*is full/);
      expect(taken).toBeLessThanOrEqual(partsOfStream);
      const held = await under.held('DLQ');
      expect(held).toEqual(Array.from({ length: taken }, (_, at) => ofParked(at, long())));
      await announce(ofOrder(1));
      await under.empty('DLQ');
      await announce(ofParked(99));
      expect(await under.held('DLQ')).toEqual([ofParked(99)]);
    });
  });
}
