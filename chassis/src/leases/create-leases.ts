/** Leases over a table of rows: takes, renews and watches them, all under one pulse. */
import assert from 'node:assert/strict';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import { keepRow, type RowKeeper } from './keep-row.ts';
import type { Leases } from './leases.ts';
import { beginPulse, isLifeless, type Pulse, type PulseOptions } from './pulse.ts';
import { type SeenRows, seenRows } from './seen-rows.ts';

export type RunningLeases = Leases & {
  /** Lets everything go. */
  stop(): Promise<void>;
};

type State = PulseOptions & {
  readonly self: string;
  readonly stopping: StopSignal;
  /** While it is begun, and until it is lost. */
  pulse: Promise<Pulse | undefined> | undefined;
  /** The one before, under which rows may still stand. */
  formerPulse: string | undefined;
  readonly held: Map<string, RowKeeper>;
  /** Keys that are being asked for: one process is one holder, so it asks once at a time. */
  readonly asking: Set<string>;
  /** Ends the membership of each group joined. */
  readonly joined: Map<string, () => Promise<void>>;
  readonly seen: SeenRows;
};

const nameForm = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;
const nameCharactersMax = 64;
/** What is held under a pulse is renewed so often while the table keeps it. */
const renewalsInLife = 3;

const leaseKey = (name: string) => `lease.${name}`;
const memberPrefix = (group: string) => `member.${group}.`;

export function createLeases(options: PulseOptions): RunningLeases {
  const { clock } = options;
  const state: State = {
    ...{ ...options, self: clock.newId(), stopping: stopSignal(clock) },
    ...{ pulse: undefined, formerPulse: undefined },
    ...{ held: new Map(), asking: new Set(), joined: new Map(), seen: seenRows(options) },
  };
  const { self, stopping, seen } = state;
  return {
    self,
    async tryHold(name) {
      check(name);
      const keeper = await keep(state, leaseKey(name));
      return keeper && { name, ...keeper };
    },
    join: (group) => join(state, group),
    members: async (group) => members(state, group),
    onChange: seen.onChange,
    async stop() {
      stopping.stop();
      seen.stop();
      await releaseAll(state);
      // One that is not known to have begun ends by itself.
      const pulse = await state.pulse?.catch(() => undefined);
      await pulse?.release();
    },
  };
}

async function releaseAll({ held }: State): Promise<void> {
  await Promise.all([...held.values()].map((keeper) => keeper.release()));
}

function check(name: string): void {
  assert(
    nameForm.test(name) && name.length <= nameCharactersMax,
    `a lease's name is 1 to 64 of a-z, 0-9, - and . with no . at an end, not ${name}`,
  );
}

async function keep(state: State, key: string): Promise<RowKeeper | undefined> {
  const { stopping, asking, held } = state;
  if (stopping.stopped() || asking.has(key) || held.get(key)?.holds()) return undefined;
  asking.add(key);
  try {
    state.pulse ??= startPulse(state);
    const pulse = await state.pulse;
    const keeper = pulse && (await keepUnder(state, pulse, key));
    if (!keeper) return undefined;
    held.set(key, keeper);
    void keeper.lost.then(() => held.get(key) === keeper && held.delete(key));
    // Told to stop meanwhile, or somebody may have taken the row since the pulse was lost.
    if (!stopping.stopped() && keeper.holds()) return keeper;
    await keeper.release();
    return undefined;
  } finally {
    asking.delete(key);
  }
}

async function startPulse(state: State): Promise<Pulse | undefined> {
  try {
    const pulse = await beginPulse(state);
    if (pulse) void pulse.lost.then(() => lose(state, pulse));
    else state.pulse = undefined;
    return pulse;
  } catch (failure) {
    state.pulse = undefined;
    throw failure;
  }
}

/** What was held under it is nobody's, and others need not wait to find that out. */
function lose(state: State, pulse: Pulse): void {
  state.pulse = undefined;
  state.formerPulse = pulse.id;
  void releaseAll(state);
  void pulse.release();
}

/** The row, for as long as the pulse lasts. */
async function keepUnder(state: State, pulse: Pulse, key: string): Promise<RowKeeper | undefined> {
  const { table, clock, seen } = state;
  const keeper = await keepRow({
    ...{ table, clock, key, holder: pulse.id },
    ...{ lifeMs: table.ttlMs, renewMs: table.ttlMs / renewalsInLife },
    mayTake: async (row) =>
      row.holder === state.formerPulse || (await isLifeless(state, seen, row)),
  });
  return keeper && { ...keeper, holds: () => keeper.holds() && pulse.holds() };
}

async function join(state: State, group: string): Promise<() => Promise<void>> {
  check(group);
  const { joined, held, self } = state;
  const known = joined.get(group);
  if (known) return known;
  const key = memberPrefix(group) + self;
  let left = false;
  void stayMember(state, key, await keep(state, key), () => left);
  const leave = async () => {
    left = true;
    joined.delete(group);
    await held.get(key)?.release();
  };
  joined.set(group, leave);
  return leave;
}

/** After an outage that was longer than the lease, the member comes back by itself. */
async function stayMember(
  state: State,
  key: string,
  first: RowKeeper | undefined,
  left: () => boolean,
): Promise<void> {
  const { stopping, renewMs } = state;
  for (let keeper = first; ; ) {
    if (keeper) await keeper.lost;
    if (left() || stopping.stopped()) return;
    // Not known: asked again.
    keeper = await keep(state, key).catch(() => undefined);
    if (!keeper) await stopping.pause(renewMs);
  }
}

function members({ seen, self, joined }: State, group: string): readonly string[] {
  const prefix = memberPrefix(group);
  const others = seen.keys(prefix).map((key) => key.slice(prefix.length));
  const all = new Set(others.filter((id) => id !== self));
  if (joined.has(group)) all.add(self);
  return [...all].sort();
}
