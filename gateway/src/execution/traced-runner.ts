/** A span for each operation, over whatever transport it came. */
import { asTraceparent, type Tracing } from '@holdfast/schema/tracing';
import { withTrace } from './context.ts';
import { outcomeOf, type RunPrepared } from './run-operation.ts';

/** The transport has decided already, by what it says of the trace; a socket leaves it to us. */
const isLeftOut = (trace: string | undefined): boolean =>
  trace !== undefined && asTraceparent(trace) === undefined;

export const tracedRun = (run: RunPrepared, tracing: Tracing): RunPrepared =>
  tracing.on
    ? async (prepared, variables, context) => {
        if (isLeftOut(context.trace)) return run(prepared, variables, context);
        const { operation } = prepared.operation;
        const span = tracing.start({
          name: `graphql ${operation}`,
          parent: context.trace,
          facts: { 'graphql.operation.type': operation, 'holdfast.request': context.traceId },
        });
        if (!span) return run(prepared, variables, withTrace(context, context.traceId));
        const result = await run(prepared, variables, withTrace(context, span.traceparent));
        span.end({ 'holdfast.outcome': outcomeOf(result) });
        return result;
      }
    : run;
