/**
 * Spans of what happens to commits: their append, their way to the bus, and what is made of them. A
 * commit has many causes; each of them that is traced gets a span of its own, so that every trace
 * is whole.
 */
import {
  asTraceparent,
  type OpenSpan,
  type SpanStart,
  type Tracing,
} from '@holdfast/schema/tracing';
import type { Bus, BusPlace } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Commit, Recorded } from '../commit.ts';
import type { EventLog } from '../log/event-log.ts';

/** Of one commit: with every request traced, a full one has a thousand causes. */
const tracedCausesMax = 32;

/** The traces that a commit belongs to, first come first. */
function tracesOf({ entries }: Commit): readonly string[] {
  const traces = new Set<string>();
  for (const { command } of entries) {
    const parent = asTraceparent(command?.trace);
    if (parent !== undefined) traces.add(parent);
    if (traces.size === tracedCausesMax) break;
  }
  return [...traces];
}

function startAll(tracing: Tracing, commit: Commit, span: SpanStart): readonly OpenSpan[] {
  const parents = tracesOf(commit);
  if (parents.length === 0) return [];
  const { context, lane, version, entries } = commit;
  const facts = {
    ...{ 'holdfast.context': context, 'holdfast.lane': lane, 'holdfast.version': version },
    ...{ 'holdfast.entries': entries.length, 'holdfast.causes': parents.length },
    ...span.facts,
  };
  return parents.flatMap((parent) => tracing.start({ ...span, parent, facts }) ?? []);
}

const endAll = (spans: readonly OpenSpan[], failure?: unknown): void => {
  for (const span of spans) span.end({}, failure);
};

/** Ends the spans with the work. */
function followed<Result>(spans: readonly OpenSpan[], work: Promise<Result>): Promise<Result> {
  if (spans.length === 0) return work;
  return work.then(
    (result) => {
      endAll(spans);
      return result;
    },
    (failure: unknown) => {
      endAll(spans, failure);
      throw failure;
    },
  );
}

export const tracedLog = (log: EventLog, tracing: Tracing): EventLog =>
  tracing.on
    ? {
        ...log,
        append: (commit) =>
          followed(startAll(tracing, commit, { name: 'commit' }), log.append(commit)),
      }
    : log;

export const tracedBus = (bus: Bus, tracing: Tracing): Bus =>
  tracing.on
    ? {
        ...bus,
        publish: (message) => {
          const spans = startAll(tracing, message.commit, {
            ...{ name: 'publish', kind: 'producer' },
            facts: { 'messaging.destination.name': message.subject },
          });
          return followed(spans, bus.publish(message));
        },
      }
    : bus;

/** Older commits are folded again after a start or a rebuild: that is no part of their traces. */
const freshMs = 10 * 60_000;

export type TracedConsumer = {
  readonly tracing: Tracing;
  readonly clock: Pick<Clock, 'now'>;
  /** Who takes them, by its name. */
  readonly consumer: string;
};

const startOf = (name: string, consumer: string): SpanStart => ({
  ...{ name, kind: 'consumer', facts: { 'messaging.consumer.group.name': consumer } },
});

type Taking = (commit: Commit, place: BusPlace | undefined) => Promise<void> | undefined;

/** Folds a commit within a span for each of its causes. */
export const tracedFolding = (
  { tracing, clock, consumer }: TracedConsumer,
  take: Taking,
): Taking =>
  tracing.on
    ? (commit, place) => {
        if (commit.at < clock.now() - freshMs) return take(commit, place);
        const spans = startAll(tracing, commit, startOf('project', consumer));
        const taken = take(commit, place);
        if (taken) return followed(spans, taken);
        endAll(spans);
        return undefined;
      }
    : take;

type Handling = (events: readonly Recorded[]) => Promise<void>;

const withTrace = (recorded: Recorded, trace: string): Recorded =>
  recorded.command ? { ...recorded, command: { ...recorded.command, trace } } : recorded;

/** Acts on events within a span, which what they cause is a part of. */
export const tracedHandling = (
  { tracing, clock, consumer }: TracedConsumer,
  handle: Handling,
): Handling =>
  tracing.on
    ? async (events) => {
        const traces = events.flatMap(({ command }) => asTraceparent(command?.trace) ?? []);
        const [parent] = traces;
        const isFresh = (events[0]?.at ?? 0) >= clock.now() - freshMs;
        if (parent === undefined || !isFresh) return handle(events);
        const span = tracing.start({ ...startOf('follow', consumer), parent });
        if (!span) return handle(events);
        const caused = events.map((recorded) => withTrace(recorded, span.traceparent));
        await followed([span], handle(caused));
      }
    : handle;
