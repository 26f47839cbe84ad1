/** What a partner hears from the stream EVT of a running cluster (DESIGN 3). */
import { hash } from 'node:crypto';
import { connectNats, type NatsLink } from '@holdfast/chassis/nats/nats-connection.jetstream';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientOf, orderOf } from './client.ts';
import {
  type Cluster,
  type ClusterKeys,
  clusterEnvironment,
  makeKeys,
  startCluster,
} from './cluster.ts';

const startsWithinMs = 120_000;
const heardWithinMs = 20_000;

type Event = {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly datahash: string;
  readonly data: Readonly<Record<string, unknown>>;
};

type Heard = {
  readonly subject: string;
  readonly messageId: string | undefined;
  readonly contentType: string | undefined;
  readonly text: string;
  readonly event: Event;
};

/** As any consumer of that stream reads it, from its beginning until these have come. */
async function hear(link: NatsLink, lastTypes: readonly string[]): Promise<readonly Heard[]> {
  const consumer = await link.jetstream.consumers.get('EVT', { filter_subjects: ['evt.>'] });
  const messages = await consumer.consume();
  const late = setTimeout(() => messages.stop(), heardWithinMs);
  const all: Heard[] = [];
  for await (const message of messages) {
    const text = message.string();
    const event = JSON.parse(text) as Event;
    all.push({
      ...{ subject: message.subject, text, event },
      messageId: message.headers?.get('Nats-Msg-Id'),
      contentType: message.headers?.get('content-type'),
    });
    if (lastTypes.every((type) => all.some((one) => one.event.type === type))) break;
  }
  clearTimeout(late);
  return all;
}

/** Where and how DESIGN 3 says that an event of this id, type and content stands. */
function asAnnounced({ text, event }: Heard): Heard {
  const [context = '', lane = ''] = event.id.split(':');
  const content = text.slice(text.indexOf(',"data":') + ',"data":'.length, -1);
  return {
    subject: `evt.${context}.${lane.padStart(2, '0')}.${event.type}`,
    ...{ messageId: event.id, contentType: 'application/cloudevents+json', text },
    event: {
      ...event,
      ...{ specversion: '1.0', source: `/holdfast/${context}` },
      ...{ datacontenttype: 'application/json', datahash: hash('sha256', content, 'base64url') },
    },
  };
}

describeWith(['nats-process', 'mongodb-process'], 'a partner of a cluster', (servers) => {
  let cluster: Cluster;
  let keys: ClusterKeys;
  let link: NatsLink;
  let end = async () => {};

  beforeAll(async () => {
    const [nats, mongodb] = await Promise.all([servers.startNats(), servers.startMongo()]);
    const environment = clusterEnvironment({ natsUrl: nats.url, mongodbUrl: mongodb.url });
    keys = await makeKeys(environment);
    cluster = await startCluster(environment, 1);
    link = await connectNats({ url: nats.url, name: 'a partner' });
    end = async () => {
      await link.close();
      await cluster.stop();
      await Promise.all([nats.end(), mongodb.end()]);
    };
  }, startsWithinMs);
  afterAll(() => end(), startsWithinMs);

  it('hears each public fact of an order once, in order, and nobody by name', async () => {
    const url = cluster.gateways[0]?.url ?? '';
    const [operator, partner] = [clientOf(url, keys.operator), clientOf(url, keys.partner)];
    await operator.must('putItem', { sku: 'TEE' }, 'MasterDataSaved');
    await operator.must('putLocation', { code: 'BER', name: 'Berlin' }, 'MasterDataSaved');
    const receive = { sku: 'TEE', locationCode: 'BER', quantity: 5 };
    await operator.must('receiveStock', receive, 'StockChanged');
    await partner.must('reserveStock', { lines: [{ sku: 'TEE', quantity: 1 }] }, 'StockReserved');
    const lines = [{ sku: 'TEE', quantity: 2 }];
    const customer = { email: 'ada@example.org' };
    const placed = await partner.must('placeOrder', { lines, customer }, 'OrderPlaced');
    const { id } = orderOf(placed);

    const heard = await hear(link, ['stock.allocated', 'order.confirmed']);

    const from = (context: string) =>
      heard.flatMap(({ event: { source, type, subject } }) =>
        source === `/holdfast/${context}` ? [[type, subject]] : [],
      );
    // The hold before it is its buyer's affair.
    expect(from('inventory')).toEqual([
      ['item.saved', 'TEE'],
      ['stock.received', 'TEE'],
      ['stock.allocated', 'TEE'],
    ]);
    expect(from('orders')).toEqual([
      ['order.placed', id],
      ['order.allocation.requested', id],
      ['order.allocated', id],
      ['order.confirmed', id],
    ]);
    const eventOf = (type: string) => heard.find(({ event }) => event.type === type)?.event;
    expect(eventOf('stock.received')?.data).toEqual({ sku: 'TEE', location: 'BER', units: 5 });
    expect(eventOf('order.placed')?.data).toMatchObject({ order: id, lines: [{ units: 2 }] });
    expect(eventOf('stock.allocated')).toMatchObject({
      causationid: eventOf('order.allocation.requested')?.id,
      data: { sku: 'TEE', location: 'BER', units: 2 },
    });
    // All that came of one request, whichever context and policy it went through.
    const request = eventOf('order.placed')?.correlationid;
    expect(request).toBeTruthy();
    const ofRequest = heard.filter(({ event }) => event.correlationid === request);
    expect(ofRequest.map(({ event }) => event.type).sort()).toEqual([
      ...['order.allocated', 'order.allocation.requested', 'order.confirmed', 'order.placed'],
      'stock.allocated',
    ]);
    expect(heard.map(({ text }) => text).join()).not.toMatch(/ada@|example/);
    for (const one of heard) expect(one).toEqual(asAnnounced(one));
  });
});
