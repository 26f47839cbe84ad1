import { expect, it } from 'vitest';
import { put, till, tillLane } from '../test/till.ts';
import { inMemoryEventLog } from './event-log.in-memory.ts';
import type { EventLog } from './event-log.ts';
import { inMemoryLaneRows } from './lane-rows.in-memory.ts';
import { scriptedClock } from './scripted-clock.ts';
import { type Strife, strifeOf } from './strife.ts';

it('who is overtaken while it stops writes no row of what was never durable', async () => {
  const clock = scriptedClock();
  const log = inMemoryEventLog();
  const rows = inMemoryLaneRows();
  const common = { rows, clock, onFailure: () => {} };
  const state = { held: true, letGo: [] as (() => void)[], gated: false };
  const gated: EventLog = {
    ...log,
    async append(commit) {
      if (state.gated) await new Promise<void>((resolve) => state.letGo.push(resolve));
      return log.append(commit);
    },
  };
  const lease = { holds: () => state.held };
  const old = tillLane({ ...common, log: gated, lease: () => lease });
  await old.start();
  await old.handle(put('A', 5), () => undefined);
  state.gated = true;
  void old.handle(put('A', 7), () => undefined).catch(() => {});
  await clock.settle();
  const stopped = old.stop();
  state.held = false;

  const next = tillLane({ ...common, log, lease: () => ({ holds: () => true }) });
  await next.start();
  for (const letGo of state.letGo) letGo();
  await clock.advance(5_000);
  await stopped;
  const [row] = await rows.streams({ context: 'inventory', lane: 0 }, ['till/A']);
  expect(row && till.decode(row.state).units).not.toBe(12);

  const again = tillLane({ ...common, log, lease: () => ({ holds: () => true }) });
  await again.start();
  expect(await again.read(['till/A'], (view) => view.get(till, 'A').units)).toBe(5);
});

it('who stops while it leaves a lane to others writes no row of what was undone', async () => {
  const clock = scriptedClock();
  const log = inMemoryEventLog();
  const rows = inMemoryLaneRows();
  const common = { rows, clock, onFailure: () => {}, lease: () => undefined };
  const state = { letGo: [] as (() => void)[], gated: false, aside: false };
  const gated: EventLog = {
    ...log,
    async append(commit) {
      if (state.gated) await new Promise<void>((resolve) => state.letGo.push(resolve));
      return log.append(commit);
    },
  };
  const aside: Strife = { ...strifeOf({ clock, log }), standsAside: () => state.aside };
  const old = tillLane({ ...common, log: gated, strife: aside });
  await old.start();
  await old.handle(put('A', 5), () => undefined);
  const other = tillLane({ ...common, log });
  await other.start();
  state.gated = true;
  void old.handle(put('A', 7), () => undefined).catch(() => {});
  await clock.settle();
  await other.handle(put('B', 1), () => undefined);
  state.aside = true;
  for (const letGo of state.letGo) letGo();
  await clock.settle();
  const stopped = old.stop();
  await clock.advance(5_000);
  await stopped;

  const again = tillLane({ ...common, log });
  await again.start();
  expect(await again.read(['till/A'], (view) => view.get(till, 'A').units)).toBe(5);
});
