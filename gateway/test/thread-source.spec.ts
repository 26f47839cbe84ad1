/** A subgraph in another thread, as the gateway asks it. */
import { MessageChannel } from 'node:worker_threads';
import type { ToGateway, ToSubgraph } from '@holdfast/schema/thread-call';
import type { ExecutionResult } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { createContext } from '../src/execution/context.ts';
import { threadSource } from '../src/sources/thread-source.ts';
import { manualClock, quiet } from './live-stubs/manual-clock.ts';
import { callers } from './stubs/contract.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const call = { query: '{ a }', variables: { b: 1 }, operationName: 'C' };
const context = () =>
  createContext({ caller: callers.operator, address: '', traceId: 'trace-1', after: 'cursor-0' });

/** What the subgraph would hear and say; all that is said together comes as one message. */
const start = (timeoutMs = 1_000) => {
  const { port1, port2 } = new MessageChannel();
  const time = manualClock();
  const source = threadSource({ name: 'inventory', port: port1 }, timeoutMs, time.clock);
  const messages: (readonly ToSubgraph[])[] = [];
  port2.on('message', (said: readonly ToSubgraph[]) => messages.push(said));
  ends.push(source.close);
  const say = (...said: ToGateway[]) => port2.postMessage(said);
  const hears = async () => {
    await quiet();
    return messages.splice(0).flat();
  };
  return { ...source, ...time, messages, say, hears };
};

const textOf = (result: object) => JSON.stringify(result);
const eventOf = (id: number, at: number): ToGateway => ({
  ...{ type: 'event', id, text: textOf({ data: { ticks: at } }) },
});

const opened = async () => {
  const started = start();
  const opening = started.subscribe(call, context());
  await started.hears();
  started.say({ type: 'opened', id: 1 });
  const events = (await opening) as AsyncIterableIterator<ExecutionResult>;
  return { ...started, events };
};

describe('a subgraph in another thread', () => {
  it('is sent what is asked in one step as one message, with who asks', async () => {
    const { process, say, messages } = start();
    const asked = context();
    const answers = [process(call, asked), process(call, context())];
    await quiet();
    const request = { caller: callers.operator, traceId: 'trace-1', after: 'cursor-0' };
    expect(messages).toMatchObject([
      [
        { type: 'ask', id: 1, call, request },
        { type: 'ask', id: 2, call, request },
      ],
    ]);
    say(
      { type: 'answer', id: 2, text: textOf({ data: { a: 2 } }) },
      { type: 'answer', id: 1, text: textOf({ data: { a: 1 }, extensions: { cursor: 'c1' } }) },
    );
    expect(await Promise.all(answers)).toMatchObject([{ data: { a: 1 } }, { data: { a: 2 } }]);
    expect(asked.cursors).toEqual(['c1']);
  });

  it('is heard at once, when the event loop has no turn for it', async () => {
    const { process, say, hear } = start();
    let heard: ExecutionResult | undefined;
    void process(call, context()).then((result) => {
      heard = result;
    });
    say({ type: 'answer', id: 1, text: textOf({ data: { a: 1 } }) });
    hear();
    for (let step = 0; step < 10; step += 1) await undefined;
    expect(heard).toEqual({ data: { a: 1 } });
  });

  it('has so long to answer', async () => {
    const { process, subscribe, hears } = start(10);
    const late = { extensions: { code: 'TIMEOUT' } };
    await expect(process(call, context())).rejects.toMatchObject(late);
    await expect(subscribe(call, context())).rejects.toMatchObject(late);
    expect((await hears()).at(-1)).toEqual({ type: 'stop', id: 2 });
  });

  it('may refuse a subscription', async () => {
    const { subscribe, say } = start();
    const opening = subscribe(call, context());
    const refused = { errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] };
    say({ type: 'answer', id: 1, text: textOf(refused) });
    expect(await opening).toMatchObject(refused);
  });

  it('is given room for more events as they are read', async () => {
    const { events, say, hears } = await opened();
    expect(await hears()).toEqual([{ type: 'room', id: 1, events: 64 }]);
    say(...Array.from({ length: 64 }, (_, at) => eventOf(1, at)));
    for (let at = 0; at < 31; at += 1) {
      expect(await events.next()).toEqual({ value: { data: { ticks: at } }, done: false });
    }
    expect(await hears()).toEqual([]);
    await events.next();
    expect(await hears()).toEqual([{ type: 'room', id: 1, events: 32 }]);
  });

  it('ends a subscription once all that came is read', async () => {
    const { events, say } = await opened();
    say(eventOf(1, 0), { type: 'end', id: 1 });
    await quiet();
    expect((await events.next()).done).toBe(false);
    expect((await events.next()).done).toBe(true);
  });

  it('hears that nobody reads any more, once, and whoever waits is told', async () => {
    const { events, hears } = await opened();
    await hears();
    const next = events.next();
    await events.return?.();
    await events.return?.();
    expect((await next).done).toBe(true);
    expect(await hears()).toEqual([{ type: 'stop', id: 1 }]);
  });

  it('is ready until it says no, or nothing for seconds', async () => {
    const { notReady, advance, hears, say } = start();
    expect(notReady()).toBeUndefined();
    await advance(1_000);
    expect(await hears()).toEqual([{ type: 'look' }]);
    say({ type: 'readiness', notReady: 'it still folds its log' });
    await quiet();
    expect(notReady()).toBe('it still folds its log');
    await advance(1_000);
    say({ type: 'readiness', notReady: undefined });
    await quiet();
    expect(notReady()).toBeUndefined();
    await advance(4_001);
    expect(notReady()).toBe('inventory does not answer');
  });
});
