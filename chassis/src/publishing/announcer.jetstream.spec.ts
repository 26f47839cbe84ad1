import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, expect, it } from 'vitest';
import { openLink, removeStreams, smallStreams } from '#test/jetstream.ts';
import { systemClock } from '../clock.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import { announcerContract } from './announcer.contract.ts';
import { jetStreamAnnouncer } from './announcer.jetstream.ts';
import type { AnnouncedOn, Announcement } from './announcer.ts';

const bytesMax = 64 * 1024;
const settings = { ...smallStreams, bytesMax: { ...smallStreams.bytesMax, EVT: bytesMax } };
const small = { ...settings, bytesMax: { ...settings.bytesMax, DLQ: bytesMax } };

const placed = (version: number): Announcement => ({
  ...{ subject: 'evt.orders.03.order.placed', id: `orders:3:${version}:0`, body: '{}' },
});

async function held(link: NatsLink, stream: AnnouncedOn) {
  const { direct, streams } = link.manager;
  const { state } = await streams.info(link.named(stream));
  const found: Announcement[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await direct.getMessage(link.named(stream), { seq });
    if (!message) continue;
    const subject = message.subject.slice(link.subject('').length);
    const id = message.header.get('Nats-Msg-Id');
    found.push({ subject, id, body: message.string() });
  }
  return found;
}

describeWith(['nats'], 'announcements on a real NATS', ({ natsUrl }) => {
  const links: NatsLink[] = [];
  const open = async () => {
    const link = await openLink(natsUrl());
    links.push(link);
    return {
      link,
      announcer: await jetStreamAnnouncer({ link, clock: systemClock(), settings: small }),
    };
  };
  afterEach(async () => {
    for (const link of links.splice(0)) {
      await removeStreams(link);
      await link.close();
    }
  });

  announcerContract('JetStream', async () => {
    const { link, announcer } = await open();
    return {
      ...{ announcer, bytesMax, held: (stream) => held(link, stream) },
      async empty(stream) {
        await link.manager.streams.purge(link.named(stream));
      },
      close: async () => {},
    };
  });

  it('says what it is to whoever reads it', async () => {
    const { link, announcer } = await open();
    await announcer.announce('EVT', [placed(7)]);
    const found = await link.manager.direct.getMessage(link.named('EVT'), { seq: 1 });
    expect(found?.header.get('content-type')).toBe('application/cloudevents+json');
    expect(found?.header.get('Nats-Msg-Id')).toBe('orders:3:7:0');
  });

  const batchesIn = async (link: NatsLink) => {
    const messages = [1, 2].map((seq) =>
      link.manager.direct.getMessage(link.named('EVT'), { seq }),
    );
    return (await Promise.all(messages)).map((message) => message?.header.get('Nats-Batch-Id'));
  };

  it('has several written as one batch', async () => {
    const { link, announcer } = await open();
    await Promise.all([1, 2].map((at) => announcer.announce('EVT', [placed(at)])));
    const [first, second] = await batchesIn(link);
    expect(first).toBeTruthy();
    expect(second).toBe(first);
  });

  it('has each written alone where the stream takes no batch', async () => {
    const { link, announcer } = await open();
    await link.manager.streams.update(link.named('EVT'), { allow_atomic: false });
    await announcer.announce('EVT', [placed(1), placed(2)]);
    expect(await held(link, 'EVT')).toEqual([placed(1), placed(2)]);
    expect(await batchesIn(link)).toEqual(['', '']);
  });

  it('makes the stream anew when it was removed', async () => {
    const { link, announcer } = await open();
    await link.manager.streams.delete(link.named('DLQ'));
    const parked = { subject: 'dlq.allocation.03', id: 'a', body: '{}' };
    await expect(announcer.announce('DLQ', [parked])).rejects.toThrow();
    await announcer.announce('DLQ', [parked]);
    expect(await held(link, 'DLQ')).toEqual([parked]);
  });
});
