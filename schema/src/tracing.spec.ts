import { expect, it } from 'vitest';
import { asTraceparent, noTracing, sameTrace, traced, traceIdOf } from './tracing.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = `00-${trace}-00f067aa0ba902b7-01`;

it('knows a recorded trace by its traceparent, and nothing else', () => {
  expect(asTraceparent(parent)).toBe(parent);
  expect(traceIdOf(parent)).toBe(trace);
  for (const other of [
    undefined,
    '',
    trace,
    parent.replace(/01$/, '00'),
    parent.toUpperCase(),
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `${parent}-more`,
    `${parent}\n`,
  ]) {
    expect(asTraceparent(other), String(other)).toBeUndefined();
  }
});

it('goes on with a trace or a request, and adds nothing to what has neither', () => {
  expect(sameTrace(parent)).toEqual({ trace: parent });
  expect(sameTrace('0199c2a4-request')).toEqual({ trace: '0199c2a4-request' });
  expect(sameTrace(undefined)).toEqual({});
});

it('runs the work where nothing is recorded', async () => {
  expect(await traced(noTracing, { name: 'a' }, async (given) => given ?? 'none')).toBe('none');
});
