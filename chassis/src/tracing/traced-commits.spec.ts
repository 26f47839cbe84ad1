import { noTracing } from '@holdfast/schema/tracing';
import { beforeEach, describe, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import { type Commit, genesisHash, recordedEvents } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { tracedFolding, tracedHandling, tracedLog } from './traced-commits.ts';
import { rememberedTracing } from './tracing.opentelemetry.ts';

const lane = { context: 'inventory', lane: 3 };
const commit = commitAfter({ version: 0, hash: genesisHash }, lane, {
  'sku/A': [happened(1)],
  'sku/B': [happened(2)],
  'sku/C': [happened(3)],
});
/** As if each of its commands had come with that trace. */
const causedBy = (...traces: readonly string[]): Commit => ({
  ...commit,
  entries: commit.entries.map((entry, at) => {
    const trace = traces[at];
    if (!entry.command || trace === undefined) return entry;
    return { ...entry, command: { ...entry.command, trace } };
  }),
});
const clock = { now: () => commit.at };

let tracing: ReturnType<typeof rememberedTracing>;
let requests: readonly string[];
beforeEach(() => {
  tracing = rememberedTracing();
  requests = ['a', 'b'].map((name) => tracing.start({ name })?.traceparent ?? '');
});
const [idOf, spanOf] = [1, 2].map((part) => (trace: string) => trace.split('-')[part] ?? '');

describe('the append of a commit', () => {
  it('is a part of each trace that has a command in it, once', async () => {
    const [a = '', b = ''] = requests;
    await tracedLog(inMemoryEventLog(), tracing).append(causedBy(a, b, a));
    const spans = tracing.ended();
    expect(spans.map(({ traceId }) => traceId).sort()).toEqual([a, b].map(idOf!).sort());
    expect(spans.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(
      [a, b].map(spanOf!).sort(),
    );
    expect(spans[0]).toMatchObject({
      name: 'commit',
      facts: { 'holdfast.context': 'inventory', 'holdfast.version': 1, 'holdfast.causes': 2 },
    });
  });

  it('is not told of when no command came with a recorded trace', async () => {
    const log = tracedLog(inMemoryEventLog(), tracing);
    await log.append(causedBy('0199c2a4-request', '00-1-2-01'));
    expect(tracing.ended()).toEqual([]);
  });

  it('is told of as failed when it fails', async () => {
    const append = () => Promise.reject(new Error('connection lost'));
    const log = tracedLog({ ...inMemoryEventLog(), append }, tracing);
    await expect(log.append(causedBy(requests[0]!))).rejects.toThrow('connection lost');
    expect(tracing.ended()).toMatchObject([{ failed: true }]);
  });

  it('costs nothing where nothing is traced: the log itself is used', () => {
    const log = inMemoryEventLog();
    expect(tracedLog(log, noTracing)).toBe(log);
    const consumer = { tracing: noTracing, clock, consumer: 'c' };
    const take = () => undefined;
    expect(tracedFolding(consumer, take)).toBe(take);
  });
});

describe('who follows', () => {
  const consumer = () => ({ tracing, clock, consumer: 'inventory.policy' });

  it('folds a commit as a part of its traces', () => {
    tracedFolding(consumer(), () => undefined)(causedBy(requests[0]!), undefined);
    expect(tracing.ended()).toMatchObject([{ name: 'project', traceId: idOf!(requests[0]!) }]);
  });

  it('folds an old commit without a word: that is a rebuild, and no part of its trace', () => {
    const later = { ...consumer(), clock: { now: () => commit.at + 11 * 60_000 } };
    tracedFolding(later, () => undefined)(causedBy(requests[0]!), undefined);
    expect(tracing.ended()).toEqual([]);
  });

  it('hands its own span on to what it causes', async () => {
    const seen: (string | undefined)[] = [];
    const handle = tracedHandling(consumer(), async (events) => {
      for (const { command } of events) seen.push(command?.trace);
    });
    await handle([...recordedEvents(causedBy(requests[0]!))].slice(0, 1));
    const [span] = tracing.ended();
    expect(span).toMatchObject({ name: 'follow', parentSpanId: spanOf!(requests[0]!) });
    expect(seen.map((trace) => spanOf!(trace ?? ''))).toEqual([span?.spanId]);
  });
});
