import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { refusal } from './error-codes.ts';
import { createMaskErrors } from './mask-errors.ts';

describe('an error that may be shown', () => {
  const mask = createMaskErrors({ error: () => {} } as never);
  const originalError = new Error('what stands behind it');
  const refused = refusal('OVERLOADED', 'Come again soon.', {
    ...{ path: ['answer'], extensions: { retryAfterMs: 250 }, originalError },
  });
  const shown = (traceId: string) => ({
    message: 'Come again soon.',
    path: ['answer'],
    extensions: { retryAfterMs: 250, code: 'OVERLOADED', traceId },
  });

  it('goes to each with its own trace id, and stays as it is', () => {
    const [first] = mask([refused], 'first');
    const [second] = mask([refused], 'second');
    expect([first, second, refused].map((error) => error instanceof GraphQLError)).toEqual([
      ...[true, true, true],
    ]);
    expect(JSON.parse(JSON.stringify([first, second]))).toEqual([shown('first'), shown('second')]);
    expect(refused.extensions).toEqual({ retryAfterMs: 250, code: 'OVERLOADED' });
  });
});
