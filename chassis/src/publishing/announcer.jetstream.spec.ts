import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, expect, it } from 'vitest';
import { openLink, removeStreams, smallStreams } from '#test/jetstream.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import { announcerContract } from './announcer.contract.ts';
import { jetStreamAnnouncer } from './announcer.jetstream.ts';
import type { Announcement } from './announcer.ts';

const bytesMax = 64 * 1024;
const settings = { ...smallStreams, bytesMax: { ...smallStreams.bytesMax, EVT: bytesMax } };
const small = { ...settings, bytesMax: { ...settings.bytesMax, DLQ: bytesMax } };

async function held(link: NatsLink, stream: Announcement['stream']) {
  const { direct, streams } = link.manager;
  const { state } = await streams.info(link.named(stream));
  const found: Announcement[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await direct.getMessage(link.named(stream), { seq });
    if (!message) continue;
    const subject = message.subject.slice(link.subject('').length);
    const id = message.header.get('Nats-Msg-Id');
    found.push({ stream, subject, id, body: message.string() });
  }
  return found;
}

describeWith(['nats'], 'announcements on a real NATS', ({ natsUrl }) => {
  const links: NatsLink[] = [];
  const open = async () => {
    const link = await openLink(natsUrl());
    links.push(link);
    return { link, announcer: await jetStreamAnnouncer({ link, settings: small }) };
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
    await announcer.announce({
      ...{ stream: 'EVT', subject: 'evt.orders.03.order.placed', id: 'orders:3:7:0', body: '{}' },
    });
    const found = await link.manager.direct.getMessage(link.named('EVT'), { seq: 1 });
    expect(found?.header.get('content-type')).toBe('application/cloudevents+json');
    expect(found?.header.get('Nats-Msg-Id')).toBe('orders:3:7:0');
  });

  it('makes the stream anew when it was removed', async () => {
    const { link, announcer } = await open();
    await link.manager.streams.delete(link.named('DLQ'));
    const parked = {
      ...{ stream: 'DLQ' as const, subject: 'dlq.allocation.03', id: 'a', body: '{}' },
    };
    await expect(announcer.announce(parked)).rejects.toThrow();
    await announcer.announce(parked);
    expect(await held(link, 'DLQ')).toEqual([parked]);
  });
});
