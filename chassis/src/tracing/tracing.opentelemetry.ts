/**
 * Traces by OpenTelemetry. Nothing is registered as global: Apollo's packages bring an older API of
 * their own, and what goes on where is said by `traceparent` texts alone.
 */
import type { OpenSpan, SpanFacts, SpanStart, Tracing } from '@holdfast/schema/tracing';
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be followed, as a sentence that names the fix. */
export class WrongTracing extends Error {
  override readonly name = 'WrongTracing';
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const shape = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;

/** What is no `traceparent` begins a trace of its own, as the standard says. */
function contextOf(parent: string | undefined, isRemote: boolean): Context {
  const [, traceId = '', spanId = '', flags = '00'] = shape.exec(parent ?? '') ?? [];
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const told = { traceId, spanId, traceFlags, isRemote };
  return isSpanContextValid(told) ? trace.setSpanContext(ROOT_CONTEXT, told) : ROOT_CONTEXT;
}

function tracingOf(sampler: Sampler, processor: SpanProcessor): Tracing {
  const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
  const provider = new TracerProvider({ resource, sampler, spanProcessors: [processor] });
  const tracer = provider.getTracer('holdfast');

  const start = ({ name, kind, parent, facts = {} }: SpanStart): OpenSpan | undefined => {
    const options = { kind: kind ? kinds[kind] : SpanKind.INTERNAL, attributes: facts };
    const span = tracer.startSpan(name, options, contextOf(parent, kind === 'server'));
    if (!span.isRecording()) return undefined;
    const { traceId, spanId } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-01`,
      end(more: SpanFacts = {}, failure?: unknown) {
        span.setAttributes(more);
        if (failure !== undefined) {
          span.recordException(failure instanceof Error ? failure : String(failure));
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  };
  return { on: true, start, close: () => provider.shutdown() };
}

/**
 * An outsider's trace is gone on with, but whether ours of it is recorded is not for it to say:
 * a storefront's visitors could have every request of theirs recorded.
 */
const fromRoot = (root: Sampler): Sampler =>
  new ParentBasedSampler({ root, remoteParentSampled: root, remoteParentNotSampled: root });

export type EndedSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
};

/** Records all and sends nothing: what has ended is looked at here. */
export function rememberedTracing(): Tracing & { ended(): readonly EndedSpan[] } {
  const exporter = new InMemorySpanExporter();
  const tracing = tracingOf(fromRoot(new AlwaysOnSampler()), new SimpleSpanProcessor({ exporter }));
  return {
    ...tracing,
    ended: () =>
      exporter.getFinishedSpans().map((span) => ({
        ...span.spanContext(),
        name: span.name,
        parentSpanId: span.parentSpanContext?.spanId,
        facts: span.attributes,
        failed: span.status.code === SpanStatusCode.ERROR,
      })),
  };
}

function ratioOf(text: string | undefined): number {
  const ratio = Number(text ?? '1');
  if (!(ratio >= 0 && ratio <= 1) || text === '') {
    throw new WrongTracing(
      `OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(text)}, but it is a number from 0 to 1.`,
    );
  }
  return ratio;
}

function samplerOf(environment: Environment): Sampler {
  const ratio = () => new TraceIdRatioBasedSampler(ratioOf(environment.OTEL_TRACES_SAMPLER_ARG));
  const name = environment.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on';
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_on':
      return fromRoot(new AlwaysOnSampler());
    case 'parentbased_always_off':
      return fromRoot(new AlwaysOffSampler());
    case 'parentbased_traceidratio':
      return fromRoot(ratio());
    default:
      throw new WrongTracing(
        `OTEL_TRACES_SAMPLER is ${JSON.stringify(name)}; use parentbased_traceidratio, ` +
          'parentbased_always_on, parentbased_always_off, traceidratio, always_on or always_off.',
      );
  }
}

/**
 * As OpenTelemetry's own names of the environment say; the exporter reads the rest of them itself.
 *
 * @returns undefined when no endpoint is named
 * @throws WrongTracing
 */
export function openTracing(environment: Environment): Tracing | undefined {
  const endpoint =
    environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || environment.OTEL_SDK_DISABLED === 'true') return undefined;
  if (!URL.canParse(endpoint)) {
    throw new WrongTracing(
      `OTEL_EXPORTER_OTLP_ENDPOINT is ${JSON.stringify(endpoint)}, but it is a URL, ` +
        'e.g. http://collector:4318.',
    );
  }
  const exporter = new OTLPTraceExporter();
  // Bounded: what a collector does not take in time is dropped, and nobody waits for it.
  return tracingOf(samplerOf(environment), new BatchSpanProcessor({ exporter }));
}
