/** Inventory on SQLite with a clock moved by hand, asked through its schema as the gateway asks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { sqliteEventLog } from '@holdfast/chassis/log/event-log.sqlite';
import { addEntry, closeCommit, openCommit } from '@holdfast/chassis/log/open-commit';
import type { ReadModel } from '@holdfast/chassis/read-model/read-model';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { createRelay } from '@holdfast/chassis/relay/relay';
import { sqliteLaneRows } from '@holdfast/chassis/rows/lane-rows.sqlite';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import type { Caller, Role } from '@holdfast/schema/caller';
import type { OrderIntent } from '@holdfast/schema/events';
import { execute, parse, subscribe } from 'graphql';
import { z } from 'zod';
import { createInventory } from '../src/app.ts';

const orders = { context: 'orders', lane: 0 };

export const caller = (role: Role, id: string = role): Caller => ({
  ...{ role, id, scopes: ['stock:read', 'stock:write'] },
});

/** Lets threads and promises go on; no length of time. */
const aMoment = () => new Promise<void>((resolve) => setImmediate(resolve));

// Later than any test runs: the store forgets kept answers by the machine's time.
const startsAt = Date.UTC(2100, 0, 1);

/** How often documents of a collection were read from the store. */
function counting(readModel: ReadModel) {
  const reads: string[] = [];
  const counted: ReadModel = {
    ...readModel,
    get: (collection, ids) => {
      reads.push(`${collection} ${ids.length}`);
      return readModel.get(collection, ids);
    },
  };
  return { reads, counted };
}

/** @param epoch names the store in cursors */
export async function openWorld(
  folder = mkdtempSync(join(tmpdir(), 'inventory-')),
  clock = scriptedClock(startsAt, aMoment),
  epoch = 'store1',
  laneCount = 1,
) {
  const failures: unknown[] = [];
  const onFailure = (failure: unknown) => void failures.push(failure);
  const store = await openSqliteStore({ folder, onFailure });
  const log = sqliteEventLog(store);
  const bus = inProcessBus({ clock });
  const { reads, counted: readModel } = counting(sqliteReadModel(store));
  const relay = createRelay({ lanes: [orders], log, bus, clock, mark: readModel });
  const app = createInventory({
    ...{ log, rows: sqliteLaneRows(store), bus, readModel, clock, onFailure, epoch },
    ...{ secret: 'a secret of at least 32 characters', storefrontCap: 5, laneCount },
  });
  await relay.start();
  await app.start();

  /** An order's intent, in its own log. */
  const intend = async (intent: OrderIntent) => {
    const head = await log.head(orders);
    const open = openCommit(head.version + 1, clock.now());
    addEntry(open, { stream: `order/${intent.order}`, events: [intent] });
    await log.append(closeCommit(orders, open, head, `commit-${open.version}`));
  };
  const close = async () => {
    await app.stop();
    await relay.stop();
    await store.close();
  };
  return {
    ...{ app, clock, folder, failures, reads, readModel, intend, close },
    /** The same store in its next life. */
    async again(next = epoch) {
      await close();
      return openWorld(folder, clock, next, laneCount);
    },
    async end() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

const contextOf = ({ app }: World, by: Caller) =>
  app.subgraph.createContext({ caller: by, traceId: 'trace-1', after: undefined, cursors: [] });

type Variables = Readonly<Record<string, unknown>>;

/** @throws what is not one of the API's errors */
export async function ask(world: World, source: string, variables: Variables = {}, by?: Caller) {
  const { data, errors = [] } = await execute({
    ...{ schema: world.app.subgraph.schema, document: parse(source), variableValues: variables },
    contextValue: contextOf(world, by ?? caller('operator')),
  });
  const unexpected = errors.find(({ extensions }) => extensions.code === undefined);
  if (unexpected) throw unexpected.originalError ?? unexpected;
  return { data: data ?? {}, codes: errors.map(({ extensions }) => extensions.code) };
}

const inputTypes = {
  reserveStock: 'StockReserved',
  extendReservation: 'StockReserved',
  releaseReservation: 'ReservationReleased',
  receiveStock: 'StockChanged',
  adjustStock: 'StockChanged',
  countStock: 'StockChanged',
  moveStock: 'StockChanged',
  putProductClass: 'MasterDataSaved',
  putItem: 'MasterDataSaved',
  putLocation: 'MasterDataSaved',
  putChannel: 'MasterDataSaved',
};
export type MutationName = keyof typeof inputTypes;

const shownBy = {
  StockReserved: `reservation { id status expiresAt version
    lines { sku quantity location { code } } }`,
  ReservationReleased: 'reservation { id status version }',
  StockChanged: `position { sku onHand sellable reserved allocated shortfall availableToPromise
    version conditions { condition quantity } }`,
  MasterDataSaved: 'id version',
};
const answerShape = z.looseObject({
  __typename: z.string(),
  reservation: z.looseObject({ id: z.string(), status: z.string() }).optional(),
});
export type Answer = z.output<typeof answerShape>;

export async function mutate(world: World, name: MutationName, input: object, by?: Caller) {
  const done = inputTypes[name] as keyof typeof shownBy;
  const source = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    answer: ${name}(input: $input) { __typename
      ... on ${done} { ${shownBy[done]} } ... on Problem { code message retryable path } } }`;
  const { data } = await ask(world, source, { input }, by);
  return answerShape.parse(data.answer);
}

let keysGiven = 0;
export const freshKey = () => {
  keysGiven += 1;
  return `key-${keysGiven}`;
};

/** @throws unless it was done */
export async function must(world: World, name: MutationName, input: object): Promise<Answer> {
  const answer = await mutate(world, name, { idempotencyKey: freshKey(), ...input });
  if (answer.__typename !== inputTypes[name]) throw new Error(JSON.stringify(answer));
  return answer;
}

/** An item with so many units in Berlin. */
export async function stocked(world: World, sku: string, quantity: number, productClass?: string) {
  await must(world, 'putLocation', { code: 'BER', name: 'Berlin' });
  await must(world, 'putItem', { sku, productClass });
  if (quantity > 0) await must(world, 'receiveStock', { sku, locationCode: 'BER', quantity });
}

export async function promised(world: World, ...skus: readonly string[]) {
  const source = `query ($skus: [ID!]!) {
    answer: availability(skus: $skus) { sku status availableToPromise version } }`;
  return (await ask(world, source, { skus })).data.answer;
}

const messageShape = z.looseObject({
  __typename: z.string(),
  cursor: z.string().optional(),
  complete: z.boolean().optional(),
  availabilities: z.array(z.unknown()).optional(),
});
export type Message = z.output<typeof messageShape>;

/** @throws Error with the codes when it is refused */
export async function watch(world: World, skus: readonly string[], after?: string) {
  const source = `subscription ($skus: [ID!]!, $after: String) {
    message: availabilityChanged(skus: $skus, after: $after) { __typename
      ... on AvailabilitySnapshot { complete cursor availabilities { sku availableToPromise } }
      ... on AvailabilityChange { cursor availability { sku availableToPromise version } }
      ... on Heartbeat { asOf cursor }
      ... on Reset { reason } } }`;
  const live = await subscribe({
    ...{ schema: world.app.subgraph.schema, document: parse(source) },
    ...{ variableValues: { skus, after }, contextValue: contextOf(world, caller('storefront')) },
  });
  if (!(Symbol.asyncIterator in live)) {
    throw new Error(live.errors?.map(({ extensions }) => extensions.code).join());
  }
  return {
    async next(): Promise<Message> {
      const { value } = await live.next();
      if (value?.errors) throw value.errors[0];
      return messageShape.parse(value?.data?.message);
    },
    end: () => live.return(undefined),
  };
}

/** Waits for what happens by itself, without a length of time. */
export async function until<Seen>(look: () => Promise<Seen>, isIt: (seen: Seen) => boolean) {
  for (let turns = 0; turns < 20_000; turns += 1) {
    const seen = await look();
    if (isIt(seen)) return seen;
    await aMoment();
  }
  throw new Error('it never happened');
}
