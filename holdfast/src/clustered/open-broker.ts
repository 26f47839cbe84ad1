/** The NATS that all processes share: the bus, who owns which lane, and the way to its owner. */

import { natsDoor } from '@holdfast/chassis/asking/command-door.jetstream';
import { type JetStreamBus, jetStreamBus } from '@holdfast/chassis/bus/bus.jetstream';
import { nearBus } from '@holdfast/chassis/bus/near-bus.in-process';
import type { Clock } from '@holdfast/chassis/clock';
import { jetStreamLeases } from '@holdfast/chassis/leases/leases.jetstream';
import { connectNats } from '@holdfast/chassis/nats/nats-connection.jetstream';
import {
  ensureStreams,
  type StreamSettings,
  streamBytesMax,
} from '@holdfast/chassis/nats/streams.jetstream';
import type { Placement } from '@holdfast/chassis/owning/open-lanes';
import type { Announcer } from '@holdfast/chassis/publishing/announcer';
import { jetStreamAnnouncer } from '@holdfast/chassis/publishing/announcer.jetstream';

export type Broker = {
  readonly bus: JetStreamBus;
  readonly placement: Placement;
  readonly announcer: Announcer;
  /** Undefined while it is connected and takes what is sent. */
  notReady(): string | undefined;
  /** Lets leases go at once, so that others need not wait for their end. */
  close(): Promise<void>;
};

export type BrokerOptions = {
  readonly natsUrl: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly clock: Clock;
  readonly secret: string;
  /** Whose lanes this process may own. */
  readonly contexts: readonly string[];
};

/** Three servers keep three copies; fewer have no majority to lose one from. */
const replicasOf = (natsUrl: string): StreamSettings['replicas'] =>
  natsUrl.split(',').length >= 3 ? 3 : 1;

/** @throws NatsRefused, BadNatsAddress */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { natsUrl, name, clock, secret, contexts } = options;
  const link = await connectNats({ url: natsUrl, name });
  try {
    const replicas = replicasOf(natsUrl);
    const settings: StreamSettings = { replicas, bytesMax: streamBytesMax };
    await ensureStreams(link, settings);
    const bus = await jetStreamBus({ link, clock, settings });
    const announcer = await jetStreamAnnouncer({ link, clock, settings });
    const leases = await jetStreamLeases({ link, clock, replicas, contexts });
    const door = natsDoor({ link, clock, secret });
    return {
      bus,
      announcer,
      placement: { type: 'leased', leases, door, nearBus: () => nearBus(clock) },
      notReady: () =>
        link.connected() ? bus.notReady() : `NATS at ${link.shown} is not connected`,
      async close() {
        await leases.stop();
        await link.close();
      },
    };
  } catch (failure) {
    await link.close();
    throw failure;
  }
}
