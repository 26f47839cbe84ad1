import { describeWith } from '@holdfast/test-servers/describe-with';
import type { Msg } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLink, passReally } from '#test/jetstream.ts';
import { systemClock } from '../clock.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import { commandDoorContract } from './command-door.contract.ts';
import { type NatsDoor, natsDoor } from './command-door.jetstream.ts';
import { doorBytesMax, UnansweredRequest } from './command-door.ts';

const secret = 'a secret of at least 32 characters';
const lane = { context: 'inventory', lane: 7 };
const clock = systemClock();
const bytes = (text: string) => new TextEncoder().encode(text);

describeWith(['nats'], 'the command door on a real NATS', ({ natsUrl }) => {
  const servedMax = 64;

  commandDoorContract('NATS', async () => {
    const first = await openLink(natsUrl());
    const links = [first];
    return {
      ...{ bytesMax: doorBytesMax, servedMax, pass: passReally },
      async process() {
        const link = await openLink(natsUrl(), first.named('').slice(0, -1));
        links.push(link);
        return natsDoor({ link, clock, secret, servedMax });
      },
      async close() {
        await Promise.all(links.map((link) => link.close()));
      },
    };
  });

  let link: NatsLink;
  let door: NatsDoor;
  beforeEach(async () => {
    link = await openLink(natsUrl());
    door = natsDoor({ link, clock, secret });
  });
  afterEach(() => link.close());

  it('hears no request that nobody of us signed', async () => {
    const heard: Uint8Array[] = [];
    door.serve(lane, async (request) => {
      heard.push(request);
      return request;
    });
    const other = natsDoor({ link, clock, secret: secret.toUpperCase() });
    await expect(other.ask(lane, bytes('reserve'), 200)).rejects.toThrow(UnansweredRequest);
    const subject = link.subject('cmd.inventory.07');
    await expect(link.connection.request(subject, 'reserve', { timeout: 200 })).rejects.toThrow();
    expect([heard, door.figures()]).toEqual([[], { serving: 0, dropped: 2 }]);
  });

  it('believes no reply that nobody of us signed, nor one to the same request before', async () => {
    const { connection } = link;
    const now = clock.now();
    const door = natsDoor({ link, clock: { ...clock, now: () => now }, secret });
    const subject = link.subject('cmd.inventory.07');
    const spy = connection.subscribe(subject, {
      callback(_, message) {
        message.respond('reserved');
      },
    });
    await expect(door.ask(lane, bytes('reserve'), 500)).rejects.toThrow(/not signed by one of us/);
    spy.unsubscribe();

    const replies: Msg[] = [];
    const inboxes = connection.subscribe('_INBOX.>', {
      callback(_, message) {
        replies.push(message);
      },
    });
    const stop = door.serve(lane, async (request) => request);
    await door.ask(lane, bytes('reserve'), 500);
    await expect.poll(() => replies.length).toBe(1);
    inboxes.unsubscribe();
    stop();

    connection.subscribe(subject, {
      callback(_, message) {
        const [reply] = replies;
        if (reply?.headers) message.respond(reply.data, { headers: reply.headers });
      },
    });
    await expect(door.ask(lane, bytes('reserve'), 500)).rejects.toThrow(/not signed by one of us/);
  });

  it('says that the bus is away when the connection is gone', async () => {
    await link.close();
    expect(await door.ask(lane, bytes('reserve'), 500)).toBe('away');
  });
});
