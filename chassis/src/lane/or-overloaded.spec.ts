import { expect, it } from 'vitest';
import { Overloaded } from './lane.ts';
import { orOverloaded } from './or-overloaded.ts';

it('a look whose lane has no owner just now is refused with a code that clients know', async () => {
  const look = orOverloaded(Promise.reject(new Overloaded(250)), {});
  await expect(look).rejects.toMatchObject({
    extensions: { code: 'OVERLOADED', retryAfterMs: 250 },
  });
});

it('a look whose lane another process may reach is asked there', async () => {
  const asked: boolean[] = [];
  for (const elsewhere of [false, true]) {
    const askElsewhere = () => void asked.push(elsewhere);
    const look = orOverloaded(Promise.reject(new Overloaded(250, false, elsewhere)), {
      askElsewhere,
    });
    await expect(look).rejects.toMatchObject({ extensions: { code: 'OVERLOADED' } });
  }
  expect(asked).toEqual([true]);
});
