import { expect, it } from 'vitest';
import { takeOut, underWayFor } from './stop-together.ts';

const world = () => {
  const client = new AbortController();
  const stopped: string[] = [];
  const begin = (name: string) => {
    const calls = underWayFor(client.signal);
    const call = {
      stop() {
        stopped.push(name);
        takeOut(calls, call);
      },
    };
    calls.push(call);
    return () => takeOut(calls, call);
  };
  return { client, begin, stopped };
};

it('stops all that is under way when the client leaves, each once', () => {
  const { client, begin, stopped } = world();
  for (const name of ['first', 'second', 'third']) begin(name);
  client.abort();
  expect(stopped).toEqual(['first', 'second', 'third']);
});

it('leaves alone what has ended before, also when it ends twice', () => {
  const { client, begin, stopped } = world();
  const end = begin('first');
  begin('second');
  end();
  end();
  client.abort();
  expect(stopped).toEqual(['second']);
});

it('leaves alone what is under way for another client', () => {
  const { client, begin } = world();
  const other = world();
  begin('first');
  other.begin('second');
  client.abort();
  expect(other.stopped).toEqual([]);
});
