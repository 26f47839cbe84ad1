import { expect, it } from 'vitest';
import { Overloaded } from './lane.ts';
import { orOverloaded } from './or-overloaded.ts';

it('a look whose lane has no owner just now is refused with a code that clients know', async () => {
  const look = orOverloaded(Promise.reject(new Overloaded(250)));
  await expect(look).rejects.toMatchObject({
    extensions: { code: 'OVERLOADED', retryAfterMs: 250 },
  });
});
