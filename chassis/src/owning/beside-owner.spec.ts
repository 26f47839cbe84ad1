import { describe, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { type Bus, logSubject, messageId } from '../bus/bus.ts';
import { nearBus } from '../bus/near-bus.in-process.ts';
import { genesisHash } from '../commit.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { besideOwner } from './beside-owner.ts';
import { allHere, type Placement } from './open-lanes.ts';

const lane = { context: 'inventory', lane: 0 };
const commit = commitAfter({ version: 0, hash: genesisHash }, lane, { 'till/A': [happened(1)] });
const message = { subject: logSubject(lane), id: messageId(lane, 1), commit };

const heardOn = (bus: Bus): string[] => {
  const heard: string[] = [];
  const deliver = ({ id, ack }: { readonly id: string; readonly ack: () => void }) => {
    heard.push(id);
    ack();
  };
  bus.consume({ consumer: 'test', subjects: [message.subject], pendingMax: 10, deliver });
  return heard;
};

describe('beside a lane that leases put here', () => {
  const clock = scriptedClock();
  const leased = { type: 'leased', nearBus: () => nearBus(clock) } as Placement;
  const away: Bus = {
    ...inProcessBus({ clock }),
    publish: () => Promise.reject(new Error('away')),
  };

  it('hears what follows the lane, once, while the broker is away', async () => {
    const { relayed, followed } = besideOwner(leased, away);
    const heard = heardOn(followed);
    await expect(relayed.publish(message)).rejects.toThrow('away');
    await expect(relayed.publish(message)).rejects.toThrow('away');
    await clock.settle();
    expect(heard).toEqual([message.id]);
  });

  it('hears everybody else over the broker, and asks it what it has', async () => {
    const broker = inProcessBus({ clock });
    const { relayed } = besideOwner(leased, broker);
    const heard = heardOn(broker);
    await relayed.publish(message);
    await clock.settle();
    expect(heard).toEqual([message.id]);
    expect(await relayed.lastId(message.subject)).toBe(message.id);
  });
});

describe('beside a lane in a process that has them all', () => {
  it('has one bus', () => {
    const bus = inProcessBus({ clock: scriptedClock() });
    expect(besideOwner(allHere, bus)).toEqual({ relayed: bus, followed: bus });
  });
});
