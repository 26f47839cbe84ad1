/** Leases over a table of rows that end by themselves: takes, renews and watches them. */
import assert from 'node:assert/strict';
import type { Clock } from '../clock.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import { keepRow, type RowKeeper } from './keep-row.ts';
import type { LeaseTable } from './lease-table.ts';
import type { Leases } from './leases.ts';
import { type SeenRows, seenRows } from './seen-rows.ts';

export type RunningLeases = Leases & {
  /** Lets everything go. */
  stop(): Promise<void>;
};

export type LeasesOptions = {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly renewMs: number;
};

type State = LeasesOptions & {
  readonly self: string;
  readonly stopping: StopSignal;
  readonly held: Map<string, RowKeeper>;
  /** Keys that are being asked for: one process is one holder, so it asks once at a time. */
  readonly asking: Set<string>;
  /** Ends the membership of each group joined. */
  readonly joined: Map<string, () => Promise<void>>;
  readonly seen: SeenRows;
};

const nameForm = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;
const nameCharactersMax = 64;

const leaseKey = (name: string) => `lease.${name}`;
const memberPrefix = (group: string) => `member.${group}.`;

export function createLeases(options: LeasesOptions): RunningLeases {
  const { clock } = options;
  const state: State = {
    ...{ ...options, self: clock.newId(), stopping: stopSignal(clock) },
    ...{ held: new Map(), asking: new Set(), joined: new Map(), seen: seenRows(options) },
  };
  const { self, stopping, seen, held } = state;
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
      await Promise.all([...held.values()].map((keeper) => keeper.release()));
    },
  };
}

function check(name: string): void {
  assert(
    nameForm.test(name) && name.length <= nameCharactersMax,
    `a lease's name is 1 to 64 of a-z, 0-9, - and . with no . at an end, not ${name}`,
  );
}

async function keep(state: State, key: string): Promise<RowKeeper | undefined> {
  const { table, clock, renewMs, stopping, asking, held, self: holder, seen } = state;
  const { isOver } = seen;
  if (stopping.stopped() || asking.has(key) || held.get(key)?.holds()) return undefined;
  asking.add(key);
  try {
    const keeper = await keepRow({ table, clock, renewMs, key, holder, isOver });
    if (!keeper) return undefined;
    held.set(key, keeper);
    void keeper.lost.then(() => held.get(key) === keeper && held.delete(key));
    // Told to stop meanwhile: nobody would let it go any more.
    if (stopping.stopped()) await keeper.release();
    return keeper;
  } finally {
    asking.delete(key);
  }
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
