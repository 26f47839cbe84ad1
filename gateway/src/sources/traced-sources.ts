/** A span for each call of a subgraph, which what the subgraph does is a part of. */
import { asTraceparent, type Tracing, traced } from '@holdfast/schema/tracing';
import { withTrace } from '../execution/context.ts';
import type { DataSource } from '../execution/federation.ts';

const tracedSource = (name: string, source: DataSource, tracing: Tracing): DataSource => ({
  process: (call, context) => {
    const parent = asTraceparent(context.trace);
    if (parent === undefined) return source.process(call, context);
    const facts = { 'holdfast.subgraph': name };
    return traced(tracing, { name: 'fetch', kind: 'client', parent, facts }, (trace) =>
      source.process(call, withTrace(context, trace)),
    );
  },
  // It lives as long as its clients do: no part of a trace.
  subscribe: (call, context) => source.subscribe(call, context),
});

export const tracedSources = (
  sources: Readonly<Record<string, DataSource>>,
  tracing: Tracing,
): Readonly<Record<string, DataSource>> =>
  tracing.on
    ? Object.fromEntries(
        Object.entries(sources).map(([name, source]) => [
          name,
          tracedSource(name, source, tracing),
        ]),
      )
    : sources;
