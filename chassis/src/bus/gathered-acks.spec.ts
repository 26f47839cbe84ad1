import type { JsMsg } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { scriptedClock } from '../scripted-clock.ts';
import { gatheredAcks } from './gathered-acks.jetstream.ts';

const setUp = (most: number) => {
  const clock = scriptedClock();
  const sent: number[] = [];
  const acks = gatheredAcks(clock, most);
  const settle = (...seqs: number[]) => {
    for (const seq of seqs) acks.add({ ack: () => sent.push(seq) } as unknown as JsMsg);
  };
  return { clock, sent, acks, settle };
};

describe('acknowledgements', () => {
  it('are sent together, a moment after the first', async () => {
    const { clock, sent, acks, settle } = setUp(10);
    settle(1);
    await clock.advance(40);
    settle(3, 2);
    expect([sent, acks.count()]).toEqual([[], 3]);
    await clock.advance(10);
    expect([sent, acks.count()]).toEqual([[1, 3, 2], 0]);
  });

  it('are sent at once when so many are gathered that nothing more might come', async () => {
    const { clock, sent, settle } = setUp(2);
    settle(1, 2, 3);
    expect(sent).toEqual([1, 2]);
    await clock.advance(50);
    expect(sent).toEqual([1, 2, 3]);
  });

  it('are sent no more after a stop: the connection may be closed by then', async () => {
    const { clock, sent, acks, settle } = setUp(2);
    settle(1);
    acks.stop();
    settle(2, 3);
    await clock.advance(100);
    expect([sent, acks.count()]).toEqual([[], 0]);
  });
});
