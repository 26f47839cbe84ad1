import { MessageChannel } from 'node:worker_threads';
import type { ThreadCall, ToGateway, ToSubgraph } from '@holdfast/schema/thread-call';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tickingSubgraph } from '#test/ticking-subgraph.ts';
import { serveSubgraphThread } from './serve-subgraph.thread.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const calls = (query: string): ThreadCall => ({
  call: { query, variables: {}, operationName: undefined },
  request: {
    caller: { role: 'operator', id: 'operator:1', scopes: [] },
    ...{ traceId: 'trace-1', trace: undefined, after: 'epoch.7' },
  },
});

const until = (holds: () => boolean) =>
  vi.waitFor(() => expect(holds()).toBe(true), { interval: 2 });
const ticks = (count: number) => calls(`subscription { ticks(count: ${count}) }`);

/** What a gateway's thread would say and hear. */
const start = () => {
  const own = tickingSubgraph();
  const logged: unknown[] = [];
  const heard: ToGateway[] = [];
  let between = 0;
  const { port1, port2 } = new MessageChannel();
  serveSubgraphThread({
    ...{ subgraph: own.subgraph, port: port1 },
    log: { error: (_, facts) => void logged.push(facts) },
    betweenCalls: () => {
      between += 1;
    },
  });
  port2.on('message', (messages: readonly ToGateway[]) => heard.push(...messages));
  ends.push(() => port2.close());
  return {
    ...{ ...own, logged, heard, port: port2, between: () => between },
    say: (...messages: ToSubgraph[]) => port2.postMessage(messages),
    hears: (count: number) => until(() => heard.length >= count),
    events: () => heard.filter(({ type }) => type === 'event').length,
  };
};

const toldIn = (message: ToGateway | undefined) =>
  message !== undefined && 'text' in message ? JSON.parse(message.text) : message;

describe('a subgraph beside a thread', () => {
  it('answers all calls of a message, and knows who asks and by which trace', async () => {
    const { say, hears, heard, told, between } = start();
    say({ type: 'ask', id: 1, ...calls('{ who }') }, { type: 'ask', id: 2, ...calls('{ who }') });
    await hears(2);
    expect(heard.map((each) => ({ ...each, text: toldIn(each) }))).toEqual([
      { type: 'answer', id: 1, text: { data: { who: 'operator:1' } } },
      { type: 'answer', id: 2, text: { data: { who: 'operator:1' } } },
    ]);
    expect(told[0]).toMatchObject({ ...calls('').request, cursors: [] });
    expect(between()).toBe(1);
  });

  it('answers the cursor that includes the effect of a mutation', async () => {
    const { say, hears, heard } = start();
    say({ type: 'ask', id: 1, ...calls('mutation { put }') });
    await hears(1);
    expect(toldIn(heard[0])).toMatchObject({ extensions: { cursor: 'c2' } });
  });

  it('tells a refusal as it is, and of a failure only that it was logged', async () => {
    const { say, hears, heard, logged } = start();
    say({ type: 'ask', id: 1, ...calls('{ refused broken }') });
    await hears(1);
    const { errors } = toldIn(heard[0]);
    const codes = errors.map((error: { extensions: { code: string } }) => error.extensions.code);
    expect(codes.sort()).toEqual(['INTERNAL', 'NOT_FOUND']);
    expect(JSON.stringify(errors)).not.toContain('password');
    expect(JSON.stringify(logged)).toContain('password');
  });

  it('sends no more events than there is room for, and reads no further', async () => {
    const { say, hears, heard, events, produced } = start();
    say({ type: 'open', id: 1, ...ticks(100) });
    await hears(1);
    expect(heard).toEqual([{ type: 'opened', id: 1 }]);
    expect(produced()).toBe(0);
    say({ type: 'room', id: 1, events: 3 });
    await hears(4);
    say({ type: 'room', id: 1, events: 2 }, { type: 'look' });
    await until(() => events() === 5);
    expect(produced()).toBe(5);
    expect(toldIn(heard.at(-1))).toMatchObject({ data: { ticks: '4' } });
  });

  it('ends a subscription that is stopped, while it waits too', async () => {
    const { say, hears, events, returned } = start();
    say({ type: 'open', id: 1, ...ticks(2) }, { type: 'open', id: 2, ...ticks(100) });
    say({ type: 'room', id: 1, events: 9 }, { type: 'room', id: 2, events: 1 });
    await hears(5);
    say({ type: 'stop', id: 1 }, { type: 'stop', id: 2 }, { type: 'room', id: 2, events: 9 });
    await until(() => returned.length === 2);
    expect(events()).toBe(3);
  });

  it('ends one that is stopped before it is opened, and all with the port', async () => {
    const { say, heard, returned, port } = start();
    say({ type: 'open', id: 1, ...ticks(2) }, { type: 'stop', id: 1 });
    await until(() => returned.length === 1);
    say({ type: 'open', id: 2, ...ticks(2) });
    await until(() => heard.length === 1);
    port.close();
    await until(() => returned.length === 2);
    expect(heard).toEqual([{ type: 'opened', id: 2 }]);
  });

  it('refuses a subscription that there is not', async () => {
    const { say, hears, heard } = start();
    say({ type: 'open', id: 1, ...calls('subscription { nothing }') });
    await hears(1);
    expect(heard[0]).toMatchObject({ type: 'answer', id: 1 });
    expect(toldIn(heard[0]).errors).toHaveLength(1);
  });

  it('says whether it is ready', async () => {
    const { say, hears, heard, notReady } = start();
    say({ type: 'look' });
    await hears(1);
    notReady('it still folds its log');
    say({ type: 'look' });
    await hears(2);
    expect(heard).toEqual([
      { type: 'readiness', notReady: undefined },
      { type: 'readiness', notReady: 'it still folds its log' },
    ]);
  });
});
