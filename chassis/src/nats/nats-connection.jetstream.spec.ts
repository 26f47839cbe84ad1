import { describeWith } from '@holdfast/test-servers/describe-with';
import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { openLink, removeStreams, smallStreams } from '#test/jetstream.ts';
import { pretendedNats } from '#test/pretended-nats.ts';
import { systemClock } from '../clock.ts';
import { jetStreamLeases } from '../leases/leases.jetstream.ts';
import { leaseRowMs } from '../leases/leases.ts';
import { connectNats, type NatsLink } from './nats-connection.jetstream.ts';
import { ensureStreams } from './streams.jetstream.ts';

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (failure) {
    return String(failure);
  }
  return 'nothing was refused';
};
const connecting = (url: string) => refusal(connectNats({ url, name: 'test' }));

describe('a NATS that cannot be used', () => {
  it('is not there', async () => {
    const said = await connecting('nats://ann:secret@127.0.0.1:1');
    expect(said).toMatch(/NatsRefused: NATS does not answer at nats:\/\/127.0.0.1:1 \(.*\): start/);
    expect(said).not.toContain('secret');
  });

  it.each([
    [{ version: '2.9.10', jetstream: true }, /is version 2.9.10: upgrade it to 2.11.0 or newer/],
    [{ version: '2.10.29-RC.1', jetstream: true }, /is version 2.10.29-RC.1: upgrade it/],
    [{ version: '2.15.1' }, /JetStream is off at .*: add a jetstream block/],
    [{ version: '2.15.1', jetstream: true, max_payload: 65_536 }, /set max_payload to 1048576/],
  ])('says of itself %j', async (info, sentence) => {
    const nats = await pretendedNats(info);
    expect(await connecting(nats.url)).toMatch(sentence);
    nats.close();
  });
});

describeWith(['nats-process'], 'a NATS that refuses us', ({ startNats }) => {
  it('wants another login', async () => {
    const nats = await startNats({ login: { user: 'ann', password: 'secret word' } });
    for (const login of ['', 'ann:wrong@', 'bob:secret%20word@', 'token@']) {
      const said = await connecting(`nats://${login}127.0.0.1:${nats.port}`);
      expect(said).toMatch(/refuses the login: correct user and password in NATS_URL/);
      expect(said).not.toMatch(/secret|wrong/);
    }
    const link = await connectNats({ url: nats.url, name: 'test' });
    expect(link.connected()).toBe(true);
    await link.close();
    await nats.end();
  });

  it('has no JetStream for the account', async () => {
    const accounts = 'accounts { a { users: [{ user: ann, password: word }] } }';
    const nats = await startNats({ config: accounts });
    const said = await connecting(`nats://ann:word@127.0.0.1:${nats.port}`);
    expect(said).toMatch(/JetStream is off for the account of NATS_URL .*: enable it/);
    await nats.end();
  });

  it('does not let the login use JetStream', async () => {
    const users =
      'authorization { users: [{ user: ann, password: word, permissions: { publish: "evt.>" } }] }';
    const nats = await startNats({ config: users });
    const said = await connecting(`nats://ann:word@127.0.0.1:${nats.port}`);
    expect(said).toMatch(/may not use JetStream at .*: allow it to publish to \$JS.API/);
    await nats.end();
  });

  it('has no room for our streams', async () => {
    const nats = await startNats({ jetstream: 'max_file_store: 8MB' });
    const link = await connectNats({ url: nats.url, name: 'test' });
    expect(await refusal(ensureStreams(link, smallStreams))).toMatch(
      /Stream LOG cannot be made at .*: there is no room .*; raise max_file_store/,
    );
    await link.close();
    await nats.end();
  });
});

describeWith(['nats'], 'streams of a real NATS', ({ natsUrl }) => {
  let link: NatsLink;
  afterEach(async () => {
    await removeStreams(link);
    await link.close();
  });
  const open = async () => {
    link = await openLink(natsUrl());
  };

  it('are made as the design has them, and found so again', async () => {
    await open();
    await ensureStreams(link, smallStreams);
    await ensureStreams(link, smallStreams);
    const shown = new Map<string, unknown[]>();
    for (const name of ['RAW', 'LOG', 'EVT', 'DLQ']) {
      const { config } = await link.manager.streams.info(link.named(name));
      const { discard, retention, storage, num_replicas, duplicate_window } = config;
      expect([retention, storage]).toEqual([RetentionPolicy.Limits, StorageType.File]);
      expect([num_replicas, duplicate_window]).toEqual([1, nanos(120_000)]);
      const subjects = config.subjects.map((subject) => subject.slice(link.subject('').length));
      shown.set(name, [...subjects, discard, config.max_bytes / 1024 ** 2]);
    }
    expect(Object.fromEntries(shown)).toEqual({
      ...{ RAW: ['raw.>', 'new', 1], LOG: ['log.*.*', 'old', 64] },
      ...{ EVT: ['evt.>', 'old', 8], DLQ: ['dlq.>', 'new', 1] },
    });
  });

  it.each([
    ['max_age', { max_age: nanos(300_000) }, /max_age is 300000000000 instead of 1209600000000000/],
    ['duplicate_window', { duplicate_window: nanos(1_000) }, /duplicate_window is 1000000000/],
    ['max_msgs', { max_msgs: 100 }, /max_msgs is 100 instead of -1/],
    ['subjects', { subjects: ['other.>'] }, /subjects is \["other.>"\] instead of/],
    [
      'subject_transform',
      { subject_transform: { src: '>', dest: 'x.>' } },
      /subject_transform is .*"dest":"x.>".* instead of not set/,
    ],
  ])('are refused when somebody else has changed %s', async (_, change, sentence) => {
    await open();
    await ensureStreams(link, smallStreams);
    await link.manager.streams.update(link.named('LOG'), change);
    const said = await refusal(ensureStreams(link, smallStreams));
    expect(said).toMatch(/Stream .*-LOG at .* was configured by somebody else: /);
    expect(said).toMatch(sentence);
  });

  it('are refused when another stream takes their subjects', async () => {
    await open();
    await link.manager.streams.add({
      ...{ name: link.named('other'), subjects: [link.subject('log.inventory.>')] },
    });
    const said = await refusal(ensureStreams(link, smallStreams));
    expect(said).toMatch(/another stream takes .*log\.\*\.\*; remove that one/);
  });

  it('have a bucket for leases that is compared as well', async () => {
    await open();
    const options = { link, clock: systemClock(), replicas: 1 } as const;
    await (await jetStreamLeases(options)).stop();
    await (await jetStreamLeases(options)).stop();
    const name = `KV_${link.named('leases')}`;
    await link.manager.streams.update(name, { max_age: nanos(90_000) });
    const wanted = nanos(leaseRowMs);
    expect(await refusal(jetStreamLeases(options))).toMatch(
      new RegExp(`KV_.*leases.* max_age is 90000000000 instead of ${wanted}`),
    );
  });

  it('fails what is under way as soon as the connection is lost, and what comes then', async () => {
    await open();
    const never = refusal(link.whileConnected(() => new Promise(() => {})));
    await link.connection.close();
    expect(await never).toMatch(/Disconnected: the connection .* was lost/);
    let called = false;
    const later = link.whileConnected(async () => {
      called = true;
    });
    expect(await refusal(later)).toMatch(/Disconnected: there is no connection/);
    expect(called).toBe(false);
    link = await openLink(natsUrl());
  });
});
