import { expect, it } from 'vitest';
import { put, till, tillLane } from '#test/till.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { type Strife, strifeOf } from './strife.ts';

it('who is overtaken while it stops writes no row of what was never durable', async () => {
  const clock = scriptedClock();
  const log = inMemoryEventLog();
  const rows = inMemoryLaneRows();
  const common = { rows, clock, onFailure: () => {} };
  const state = { held: true };
  const append = gate();
  const gated: EventLog = { ...log, append: (commit) => append.pass(() => log.append(commit)) };
  const lease = { holds: () => state.held };
  const old = tillLane({ ...common, log: gated, lease: () => lease });
  await old.start();
  await old.handle(put('A', 5), () => undefined);
  append.close();
  void old.handle(put('A', 7), () => undefined).catch(() => {});
  await clock.settle();
  const stopped = old.stop();
  state.held = false;

  const next = tillLane({ ...common, log, lease: () => ({ holds: () => true }) });
  await next.start();
  append.open();
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
  const state = { aside: false };
  const append = gate();
  const gated: EventLog = { ...log, append: (commit) => append.pass(() => log.append(commit)) };
  const aside: Strife = { ...strifeOf({ clock, log }), standsAside: () => state.aside };
  const old = tillLane({ ...common, log: gated, strife: aside });
  await old.start();
  await old.handle(put('A', 5), () => undefined);
  const other = tillLane({ ...common, log });
  await other.start();
  append.close();
  void old.handle(put('A', 7), () => undefined).catch(() => {});
  await clock.settle();
  await other.handle(put('B', 1), () => undefined);
  state.aside = true;
  append.open();
  await clock.settle();
  const stopped = old.stop();
  await clock.advance(5_000);
  await stopped;

  const again = tillLane({ ...common, log });
  await again.start();
  expect(await again.read(['till/A'], (view) => view.get(till, 'A').units)).toBe(5);
});

it('who is overtaken while its rows are written writes no more of them', async () => {
  const clock = scriptedClock();
  const log = inMemoryEventLog();
  const kept = inMemoryLaneRows();
  const append = gate();
  const write = gate();
  const state = { held: true };
  const old = tillLane({
    ...{ clock, onFailure: () => {}, lease: () => lease },
    log: { ...log, append: (commit) => append.pass(() => log.append(commit)) },
    rows: { ...kept, write: (lane, batch) => write.pass(() => kept.write(lane, batch)) },
  });
  const lease = { holds: () => state.held };
  await old.start();
  await old.handle(put('A', 5), () => undefined);
  write.close();
  const flushed = old.flush();
  await clock.settle();
  append.close();
  void old.handle(put('A', 7), () => undefined).catch(() => {});
  await clock.settle();
  state.held = false;

  const common = { log, rows: kept, clock, onFailure: () => {} };
  const next = tillLane({ ...common, lease: () => ({ holds: () => true }) });
  await next.start();
  append.open();
  await clock.settle();
  write.open();
  await clock.advance(2_000);
  await flushed;
  const again = tillLane({ ...common, lease: () => ({ holds: () => true }) });
  await again.start();
  expect(await again.read(['till/A'], (view) => view.get(till, 'A').units)).toBe(5);
});

/** What comes while it is closed waits until it opens. */
function gate() {
  let opened = Promise.withResolvers<void>();
  opened.resolve();
  return {
    pass: <Result>(work: () => Promise<Result>) => opened.promise.then(work),
    close() {
      opened = Promise.withResolvers<void>();
    },
    open: () => opened.resolve(),
  };
}
