/** What every adapter of the bus must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import type { LaneId } from '../commit.ts';
import { type Bus, type BusMessage, type Delivery, logSubject, messageId } from './bus.ts';

export type BusUnderTest = {
  readonly bus: Bus;
  /** The newest messages that it holds for a subject. */
  readonly retainedMax: number;
  /** Lets this much time pass, and everything that is under way arrive. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
};

const lane: LaneId = { context: 'inventory', lane: 0 };
const otherLane: LaneId = { context: 'inventory', lane: 1 };
const subject = logSubject(lane);

const message = (version: number, of = lane): BusMessage => ({
  ...{ subject: logSubject(of), id: messageId(of, version) },
  commit: commitAfter({ version: version - 1, hash: '' }, of, { 'sku/A': [happened(version)] }),
});

export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`bus: ${name}`, () => {
    let under: BusUnderTest;
    let bus: Bus;
    let deliveries: Delivery[];
    beforeEach(async () => {
      under = await open();
      bus = under.bus;
      deliveries = [];
    });
    afterEach(() => under.close());

    const versions = () => deliveries.map(({ commit }) => commit.version);
    const consume = (
      options: { readonly pendingMax?: number; readonly subjects?: readonly string[] } = {},
      then: (delivery: Delivery) => void = ({ ack }) => ack(),
    ) =>
      bus.consume({
        ...{ consumer: 'test', subjects: [subject], pendingMax: 100, ...options },
        deliver(delivery) {
          deliveries.push(delivery);
          then(delivery);
        },
      });
    const publish = async (...numbers: readonly number[]) => {
      for (const version of numbers) await bus.publish(message(version));
      await under.pass(0);
    };

    it('delivers each message in order, as it was published', async () => {
      consume();
      const sent = message(1);
      await bus.publish(sent);
      await publish(2, 3);
      expect(versions()).toEqual([1, 2, 3]);
      expect(deliveries[0]).toMatchObject({ ...sent, attempt: 1 });
    });

    it('takes the same id for the same message', async () => {
      consume();
      await publish(1, 2, 1, 2, 3);
      expect(versions()).toEqual([1, 2, 3]);
      expect(await bus.lastId(subject)).toBe(messageId(lane, 3));
    });

    it('delivers again, later, what is asked for again, and counts', async () => {
      const refused: number[] = [];
      consume({}, ({ attempt, commit, ack, nak }) => {
        if (commit.version === 1 && attempt < 3) {
          refused.push(attempt);
          nak(1_000);
        } else ack();
      });
      await publish(1, 2);
      expect(versions()).toEqual([1, 2]);
      await under.pass(600);
      expect(versions()).toEqual([1, 2]);
      await under.pass(2_200);
      expect(versions()).toEqual([1, 2, 1, 1]);
      expect(refused).toEqual([1, 2]);
      await under.pass(5_000);
      expect(deliveries).toHaveLength(4);
    });

    it('delivers no more than may be pending', async () => {
      consume({ pendingMax: 2 }, () => {});
      await publish(1, 2, 3, 4);
      expect(versions()).toEqual([1, 2]);
      deliveries[1]?.ack();
      deliveries[1]?.ack();
      await under.pass(0);
      expect(versions()).toEqual([1, 2, 3]);
    });

    it('gives a late consumer what it still holds: the newest', async () => {
      const sent = Array.from({ length: under.retainedMax + 5 }, (_, at) => at + 1);
      await publish(...sent);
      consume({ pendingMax: sent.length });
      await under.pass(0);
      expect(versions()).toEqual(sent.slice(5));
    });

    it('leaves out for a slow consumer what it no longer holds, and goes on', async () => {
      consume({ pendingMax: 1 }, () => {});
      await publish(1);
      await publish(...Array.from({ length: under.retainedMax + 5 }, (_, at) => at + 2));
      deliveries[0]?.ack();
      await under.pass(1_000);
      expect(versions()).toEqual([1, 7]);
    });

    it('keeps consumers apart', async () => {
      const others: number[] = [];
      consume({ pendingMax: 1 }, () => {});
      bus.consume({
        ...{ consumer: 'other', subjects: [subject], pendingMax: 10 },
        deliver({ commit, ack }) {
          others.push(commit.version);
          ack();
        },
      });
      await publish(1, 2);
      expect([versions(), others]).toEqual([[1], [1, 2]]);
    });

    it('keeps subjects apart, a full one does not hide another', async () => {
      consume({ subjects: [subject, logSubject(otherLane)], pendingMax: 2 }, () => {});
      for (const version of [1, 2, 3]) await bus.publish(message(version));
      await bus.publish(message(1, otherLane));
      await under.pass(0);
      deliveries[0]?.ack();
      deliveries[1]?.ack();
      await under.pass(0);
      expect(deliveries.some(({ commit }) => commit.lane === 1)).toBe(true);
      expect(await bus.lastId(logSubject(otherLane))).toBe(messageId(otherLane, 1));
      expect(await bus.lastId('log.orders.00')).toBeUndefined();
    });

    it('delivers nothing after the consumer has stopped', async () => {
      const stop = consume({}, ({ nak }) => nak(400));
      await publish(1);
      stop();
      await publish(2);
      await under.pass(500);
      expect(versions()).toEqual([1]);
    });

    it('gives a consumer that comes again all that it holds', async () => {
      consume()();
      const stop = consume();
      await publish(1, 2);
      stop();
      consume();
      await under.pass(0);
      expect(versions()).toEqual([1, 2, 1, 2]);
    });
  });
}
