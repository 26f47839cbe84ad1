import { afterAll, describe, expect, it } from 'vitest';
import { openTracing, rememberedTracing, WrongTracing } from './tracing.opentelemetry.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const outside = `00-${traceId}-00f067aa0ba902b7-01`;
const endpoint = 'http://127.0.0.1:9';

const opened = (environment: Readonly<Record<string, string>>) => {
  const tracing = openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...environment });
  if (!tracing) throw new Error('an endpoint was named');
  afterAll(() => tracing.close());
  return tracing;
};

describe('a span', () => {
  it('goes on with what it is given, and hands itself on', () => {
    const tracing = rememberedTracing();
    const outer = tracing.start({ name: 'outer', kind: 'server', parent: outside });
    const inner = tracing.start({ name: 'inner', parent: outer?.traceparent });
    inner?.end({ 'holdfast.units': 3 }, new Error('the world broke'));
    outer?.end();
    const [first, second] = tracing.ended();
    expect(second).toMatchObject({ name: 'outer', traceId, failed: false });
    expect(first).toMatchObject({ name: 'inner', traceId, parentSpanId: second?.spanId });
    expect(first).toMatchObject({ failed: true, facts: { 'holdfast.units': 3 } });
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'begins a trace of its own after %j',
    (parent) => {
      const tracing = rememberedTracing();
      tracing.start({ name: 'a', kind: 'server', parent })?.end();
      expect(tracing.ended()[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(tracing.ended()[0]?.parentSpanId).toBeUndefined();
    },
  );
});

describe('tracing', () => {
  it('is off when nobody says where to', () => {
    expect(openTracing({})).toBeUndefined();
    const disabled = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' };
    expect(openTracing(disabled)).toBeUndefined();
  });

  it('is not switched on by who calls from outside, and goes on inside once it is', () => {
    const never = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    const tracing = opened(never);
    expect(tracing.start({ name: 'a', kind: 'server', parent: outside })).toBeUndefined();
    const inside = tracing.start({ name: 'b', parent: outside });
    expect(inside?.traceparent).toContain(traceId);
  });

  it.each([
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /^OTEL_TRACES_SAMPLER is "sometimes"; use /],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      /^OTEL_TRACES_SAMPLER_ARG is "2", but it is a number from 0 to 1\.$/,
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, /but it is a URL, e\.g\. http/],
  ])('refuses %j with a sentence', (environment, sentence) => {
    expect(() => opened(environment)).toThrow(WrongTracing);
    expect(() => opened(environment)).toThrow(sentence);
  });
});
