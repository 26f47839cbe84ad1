/** Adapters on a real NATS, each with streams of its own that are removed afterwards. */
import { randomUUID } from 'node:crypto';
import { jetStreamBus } from '../src/bus/bus.jetstream.ts';
import { systemClock } from '../src/clock.ts';
import { connectNats, type NatsLink } from '../src/nats/nats-connection.jetstream.ts';
import { ensureStream, type StreamSettings } from '../src/nats/streams.jetstream.ts';

const mebibyte = 1024 * 1024;

export const smallStreams: StreamSettings = {
  replicas: 1,
  bytesMax: { RAW: mebibyte, LOG: 64 * mebibyte, EVT: 8 * mebibyte, DLQ: mebibyte },
};

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Long enough for what is under way on this machine to arrive. */
const arrivesMs = 150;
export const passReally = (ms: number): Promise<void> => sleep(ms + arrivesMs);

export const openLink = (url: string, prefix = `test-${randomUUID().slice(0, 8)}`) =>
  connectNats({ url, name: 'test', prefix });

/** Removes what was made under the prefix of the link. */
export async function removeStreams({ manager, named }: NatsLink): Promise<void> {
  for await (const { config } of manager.streams.list()) {
    const mine = config.name.startsWith(named('')) || config.name.startsWith(`KV_${named('')}`);
    if (mine) await manager.streams.delete(config.name);
  }
}

export async function openBus(url: string) {
  const link = await openLink(url);
  const clock = systemClock();
  const bus = await jetStreamBus({ link, settings: smallStreams, clock });
  // So few that a test fills it.
  const retainedMax = 16;
  await ensureStream(link, 'LOG', smallStreams);
  await link.manager.streams.update(link.named('LOG'), { max_msgs_per_subject: retainedMax });
  return {
    ...{ bus, link, retainedMax, pass: passReally },
    async close() {
      await removeStreams(link);
      await link.close();
    },
  };
}
