/** Orders on SQLite with a clock moved by hand, and an inventory that says what a test wants. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import type { DomainEvent, LaneId, Recorded } from '@holdfast/chassis/commit';
import { createFollower } from '@holdfast/chassis/following/follower';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { sqliteEventLog } from '@holdfast/chassis/log/event-log.sqlite';
import { addEntry, closeCommit, openCommit } from '@holdfast/chassis/log/open-commit';
import type { PersonalKeys } from '@holdfast/chassis/personal/personal-keys';
import { sqlitePersonalKeys } from '@holdfast/chassis/personal/personal-keys.sqlite';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { createRelay } from '@holdfast/chassis/relay/relay';
import { sqliteLaneRows } from '@holdfast/chassis/rows/lane-rows.sqlite';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import type { Caller, Role } from '@holdfast/schema/caller';
import type {
  InventoryFact,
  OrderAllocationReleaseRequested,
  OrderAllocationRequested,
  OrderIntent,
} from '@holdfast/schema/events';
import { createOrders } from '../src/app.ts';

const inventory: LaneId = { context: 'inventory', lane: 0 };
const orders: LaneId = { context: 'orders', lane: 0 };

export const caller = (role: Role, id: string = role): Caller => ({
  ...{ role, id, scopes: ['orders:read', 'orders:write'] },
});

/** What the fake inventory does with a request; undefined: it stays silent. */
export type Answer = (
  request: OrderAllocationRequested | OrderAllocationReleaseRequested,
) => InventoryFact | undefined;

/** Lets threads and promises go on; no length of time. */
const aMoment = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Waits for what happens by itself, without a length of time. */
export async function until<Value>(look: () => Promise<Value | undefined | false>): Promise<Value> {
  for (let turns = 0; turns < 20_000; turns += 1) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await aMoment();
  }
  throw new Error('it never happened');
}

/** Appends facts to inventory's log as its owner would. */
function inventoryLog(log: EventLog, now: () => number) {
  let last = Promise.resolve();
  const append = async (stream: string, events: readonly DomainEvent[]) => {
    const head = await log.head(inventory);
    const open = openCommit(head.version + 1, now());
    addEntry(open, { stream, events });
    await log.append(closeCommit(inventory, open, head, `commit-${open.version}`));
  };
  return (stream: string, ...events: readonly InventoryFact[]) => {
    last = last.then(() => append(stream, events));
    return last;
  };
}

const isIntent = (event: DomainEvent): event is OrderIntent =>
  event.type === 'OrderAllocationRequested' || event.type === 'OrderAllocationReleaseRequested';

/** Inventory never refuses to take units back. */
const takenBack = (event: OrderIntent): InventoryFact | undefined =>
  event.type === 'OrderAllocationReleaseRequested'
    ? {
        type: 'AllocationReleased',
        claim: event.claim,
        order: event.order,
        lines: [],
        backordered: [],
      }
    : undefined;

// Later than any test runs: the store forgets kept answers by the machine's time.
const startsAt = Date.UTC(2100, 0, 1);

/** @param clock another life of the same world goes on in its time */
/** @returns also the subjects whose keys were destroyed */
function watchedKeys(kept: PersonalKeys) {
  const forgotten: string[] = [];
  const forget = async (subject: string) => {
    forgotten.push(subject);
    await kept.forget(subject);
  };
  return { personalKeys: { ...kept, forget }, forgotten };
}

export async function openWorld(
  folder = mkdtempSync(join(tmpdir(), 'orders-')),
  clock = scriptedClock(startsAt, aMoment),
) {
  const failures: unknown[] = [];
  const store = await openSqliteStore({ folder, onFailure: (failure) => failures.push(failure) });
  const log = sqliteEventLog(store);
  const bus = inProcessBus({ clock });
  const readModel = sqliteReadModel(store);
  const { personalKeys, forgotten } = watchedKeys(sqlitePersonalKeys(store));
  const relay = createRelay({ lanes: [inventory], log, bus, clock });
  const app = createOrders({
    ...{ log, rows: sqliteLaneRows(store), bus, readModel, clock, personalKeys },
    ...{ secret: 'a secret of at least 32 characters', epoch: 'store1', laneCount: 1 },
    ...{ onFailure: (failure: unknown) => failures.push(failure), storefrontCap: 5 },
  });
  const tell = inventoryLog(log, clock.now);
  const world = { answer: (() => undefined) as Answer, requests: [] as OrderIntent[] };

  const hear = async (events: readonly Recorded[]) => {
    for (const { event } of events) {
      if (!isIntent(event)) continue;
      world.requests.push(event);
      const fact = world.answer(event) ?? takenBack(event);
      if (fact) await tell(`claim/${event.claim}`, fact);
    }
  };
  const fake = createFollower({
    ...{ name: 'fake-inventory', lanes: [orders], log, bus, readModel, clock, handle: hear },
  });
  await relay.start();
  await app.start();
  await fake.start();

  const close = async () => {
    await fake.stop();
    await app.stop();
    await relay.stop();
    await store.close();
  };
  return Object.assign(world, {
    ...{ app, clock, relay, folder, log, tell, failures, personalKeys, forgotten, close },
    async end() {
      await close();
      rmSync(folder, { recursive: true });
    },
  });
}

export type World = Awaited<ReturnType<typeof openWorld>>;
