/** R14: events that cannot be applied. All are kept with their reason, and the others go on. */
import { setTimeout as pause } from 'node:timers/promises';
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { systemClock } from '@holdfast/chassis/clock';
import type { Recorded } from '@holdfast/chassis/commit';
import { BrokenLaw } from '@holdfast/chassis/decider';
import {
  createFollower,
  type Follower,
  PermanentFailure,
} from '@holdfast/chassis/following/follower';
import { inMemoryEventLog } from '@holdfast/chassis/log/event-log.in-memory';
import { addEntry, closeCommit, openCommit } from '@holdfast/chassis/log/open-commit';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { medianOf } from '../quantiles.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';

const lanesCount = 16;
/** Poison lies in these alone; the rate of the others is what must not suffer. */
const sickLanes = 4;
const events = { full: 100_000, quick: 20_000 };
const poisonPart = 0.01;
/** After each poisoned event its stream has so many sound ones, which wait behind it. */
const behindEach = 1;
const rounds = { full: 5, quick: 3 };
const rateMin = 0.9;
const settleMsMax = 60_000;
/** Short, so that what fails again and again is parked within the run. */
const retryDelaysMs = [5, 20];

const lanes = Array.from({ length: lanesCount }, (_, lane) => ({ context: 'inventory', lane }));
/** In how many ways an event can be impossible to apply; each throws something of its own. */
const poisons: readonly (() => never)[] = [
  () => {
    throw new PermanentFailure('the event names what never was');
  },
  () => {
    throw new BrokenLaw('more would be reserved than there is');
  },
  () => {
    throw new TypeError('a field is missing');
  },
  () => {
    throw new Error('the store refuses the row');
  },
  () => {
    // Not even an error, as a library may throw.
    throw 'no reason at all';
  },
];

type Event = { readonly type: 'Made'; readonly at: number; readonly poison?: number };
type Made = {
  readonly log: ReturnType<typeof inMemoryEventLog>;
  readonly perLane: number;
  poisoned: number;
  behind: number;
};

/** One event a commit. The sick lanes have all the poison, each in a stream of its own. */
async function makeLog(count: number, share: number): Promise<Made> {
  const log = inMemoryEventLog();
  const perLane = Math.ceil(count / lanesCount);
  const every = Math.round(sickLanes / lanesCount / Math.max(share, 1e-9));
  const made: Made = { log, perLane, poisoned: 0, behind: 0 };
  for (const id of lanes) {
    let head = { version: 0, hash: '' };
    let sickStream = '';
    for (let at = 0; at < perLane; at += 1) {
      const sick = share > 0 && id.lane < sickLanes;
      const isPoison = sick && at % every === 0 && at + behindEach < perLane;
      if (isPoison) sickStream = `sku/sick-${at}`;
      const isBehind = sick && !isPoison && at % every <= behindEach;
      const event: Event = {
        type: 'Made',
        at,
        ...(isPoison && { poison: made.poisoned % poisons.length }),
      };
      if (isPoison) made.poisoned += 1;
      if (isBehind) made.behind += 1;
      const open = openCommit(head.version + 1, Date.now());
      const stream = isPoison || isBehind ? sickStream : `sku/${at % 500}`;
      addEntry(open, { stream, events: [event] });
      const commit = closeCommit(id, open, head, `${id.lane}-${at}`);
      await log.append(commit);
      head = commit;
    }
  }
  return made;
}

type Run = {
  /** Of the lanes without poison, in events a second. */
  readonly healthyRate: number;
  readonly poisoned: number;
  readonly behind: number;
  readonly violations: readonly string[];
};

/** Each id must have been applied; more than once it may be, as effects are idempotent. */
function applying() {
  const applied = new Map<string, number>();
  const order = new Map<string, number>();
  const state = { cured: false, outOfOrder: 0 };
  const handle = async (recorded: readonly Recorded[]) => {
    for (const { event, id, stream } of recorded) {
      const { poison, at } = event as Event;
      if (poison !== undefined && !state.cured) poisons[poison]?.();
      const key = `${id.split(':')[1]}:${stream}`;
      if ((order.get(key) ?? -1) > at) state.outOfOrder += 1;
      order.set(key, at);
      applied.set(id, (applied.get(id) ?? 0) + 1);
    }
  };
  return { applied, state, handle };
}

async function followed(follower: Follower, which: readonly (typeof lanes)[number][], to: number) {
  const startedAt = performance.now();
  await Promise.all(which.map((lane) => follower.reached(lane, to)));
  return performance.now() - startedAt;
}

async function untilParked(follower: Follower, wanted: number): Promise<number> {
  for (const until = performance.now() + settleMsMax; ; await pause(20)) {
    const { parked, retrying } = follower.figures();
    if ((retrying === 0 && parked >= wanted) || performance.now() > until) return parked;
  }
}

async function run(count: number, share: number): Promise<Run> {
  const { log, perLane, poisoned, behind } = await makeLog(count, share);
  const clock = systemClock();
  const failures: unknown[] = [];
  const store = await openSqliteStore({
    folder: temporaryFolder('poison'),
    onFailure: (failure) => failures.push(failure),
  });
  const { applied, state, handle } = applying();
  const bus = inProcessBus({ clock });
  const readModel = sqliteReadModel(store);
  const follower = createFollower({
    ...{ name: 'poisoned', lanes, log, bus, readModel, clock, handle, retryDelaysMs },
  });
  const violations: string[] = [];
  await follower.start();
  const healthy = lanes.filter(({ lane }) => lane >= sickLanes);
  const healthyMs = await followed(follower, healthy, perLane);
  await followed(follower, lanes, perLane);
  const parked = await untilParked(follower, poisoned + behind);
  violations.push(...(await judgeParked(follower, { poisoned, behind, parked })));
  const kept = applied.size + poisoned + behind;
  const total = perLane * lanesCount;
  if (kept !== total)
    violations.push(`${applied.size} applied and ${poisoned + behind} kept of ${total}`);
  state.cured = true;
  violations.push(...(await replayAll(follower)));
  if (applied.size !== total)
    violations.push(`${applied.size} of ${total} applied after the replay`);
  if (state.outOfOrder > 0) violations.push(`${state.outOfOrder} applied out of their order`);
  for (const failure of failures) violations.push(`the store failed: ${failure}`);
  await follower.stop();
  await store.close();
  const healthyRate = (perLane * healthy.length * 1_000) / healthyMs;
  return { healthyRate, poisoned, behind, violations };
}

type Counts = { readonly poisoned: number; readonly behind: number; readonly parked: number };

async function judgeParked(follower: Follower, { poisoned, behind, parked }: Counts) {
  const violations: string[] = [];
  if (parked !== poisoned + behind) {
    violations.push(`${parked} are parked, of ${poisoned} poisoned and ${behind} behind them`);
  }
  const rows = await follower.parked();
  const first = rows.filter(({ status }) => status.type === 'parked');
  const without = first.filter(({ reason, cause }) => reason === '' || cause === '').length;
  if (without > 0) violations.push(`${without} are parked without a reason`);
  if (first.length !== poisoned) violations.push(`${first.length} of ${poisoned} are parked`);
  return violations;
}

async function replayAll(follower: Follower): Promise<readonly string[]> {
  const causes = new Set((await follower.parked()).map(({ cause }) => cause).filter(Boolean));
  for (const cause of causes) {
    await follower.replay({ filter: { by: 'cause', cause }, dryRun: false, actor: 'faults' });
  }
  const { parked, retrying } = follower.figures();
  return parked + retrying === 0 ? [] : [`${parked + retrying} are left after the replay`];
}

export const poison: FaultRow = {
  name: 'poison',
  bar: 'R14',
  title: 'Events that cannot be applied (the follower of the embedded topology, on SQLite)',
  async run({ quick }): Promise<FaultReport> {
    const count = events[quick ? 'quick' : 'full'];
    const clean: number[] = [];
    const sick: Run[] = [];
    // The clock's timers do not keep a process alive.
    const awake = setInterval(() => {}, 1_000);
    // Not counted: the first runs are compiled while they run.
    await run(count, 0);
    await run(count, poisonPart);
    for (let round = 0; round < rounds[quick ? 'quick' : 'full']; round += 1) {
      clean.push((await run(count, 0)).healthyRate);
      sick.push(await run(count, poisonPart));
    }
    clearInterval(awake);
    const rate = medianOf(sick.map(({ healthyRate }) => healthyRate));
    const share = rate / medianOf(clean);
    const sum = (of: (run: Run) => number) => sick.reduce((all, one) => all + of(one), 0);
    return {
      injected: { [`poisoned events, in ${poisons.length} classes`]: sum((one) => one.poisoned) },
      figures: [
        `${sick.length} runs of ${count} events: all poison parked with its reason, ` +
          `${sum((one) => one.behind)} events waited behind it, all applied after the replay`,
        `lanes without poison: ${Math.round(rate)} events a second, ` +
          `${(share * 100).toFixed(0)} % of a run without any (medians, alternating)`,
      ],
      violations: [
        ...sick.flatMap(({ violations }) => violations),
        ...(share >= rateMin
          ? []
          : [`healthy lanes kept ${(share * 100).toFixed(0)} % of their rate`]),
      ],
    };
  },
};
