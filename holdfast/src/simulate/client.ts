/** What clients ask of the system, under keys, and what they hear. */
import type { Outcome } from '@holdfast/chassis/commit';
import type { World } from '@holdfast/chassis/simulation/world';
import type { Inventory } from '@holdfast/inventory/app';
import type { Orders } from '@holdfast/orders/app';
import type { Caller } from '@holdfast/schema/caller';
import { laneOfPlace, type OrderId, placeOfId } from '@holdfast/schema/identifiers';
import type { Request, Requests } from './requests.ts';
import { createSending, type Sending } from './sending.ts';
import type { System } from './system.ts';

export type InventoryCommand = Parameters<Inventory['command']>[0];
export type OrderMutation = 'placeOrder' | 'cancelOrder' | 'recordPayment';
export type OrderInput = Readonly<Record<string, unknown>>;
export type OrderPayload = Awaited<ReturnType<Orders['commands']['placeOrder']>>['payload'];
/** Made anew for each attempt: ids that the edge gives differ each time. */
export type MakeCommand = (newId: () => string) => InventoryCommand;

export type Client = {
  inventory(by: string, command: MakeCommand, key?: string): Promise<Outcome>;
  orders(
    mutation: OrderMutation,
    input: OrderInput,
    caller: Caller,
    key?: string,
  ): Promise<OrderPayload>;
  /** The same request once more; its answers are noted with the first ones. */
  again(request: Request): Promise<void>;
  pause(ms: number): Promise<void>;
  /** Of everything that any client has heard, for a look that must include it. */
  cursor(): string;
  /** What no fault explains. */
  readonly breaches: string[];
};

type Parts = {
  readonly world: World;
  readonly system: System;
  readonly requests: Requests;
  readonly sending: Sending;
};

export function createClient(world: World, system: System, requests: Requests): Client {
  const breaches: string[] = [];
  const sending = createSending(world, breaches);
  const parts: Parts = { world, system, requests, sending };
  const repeats = new Map<Request, () => Promise<unknown>>();
  const keyed = <About>(about: About, key: string | undefined) =>
    key === undefined ? about : { ...about, key };

  return {
    breaches,
    pause: sending.pause,
    cursor: requests.cursor,
    async inventory(by, command, key) {
      // For the books: what is asked, without what the edge adds to it.
      const content = command(countedIds());
      const about = { context: 'inventory', type: content.type, by, content } as const;
      const request = requests.open(keyed(about, key));
      const ask = () => askInventory(parts, request, command);
      repeats.set(request, ask);
      return (await ask()).outcome;
    },
    async orders(mutation, input, caller, key) {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
      const about = { context: 'orders', type, by: caller.id, content: input } as const;
      const request = requests.open(keyed(about, key));
      const ask = () => askOrders(parts, request, mutation, caller);
      repeats.set(request, ask);
      return (await ask()).payload;
    },
    async again(request) {
      await repeats.get(request)?.();
    },
  };
}

function countedIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return String(count).padStart(32, '0');
  };
}

/** Refusals that spend no key (INTERFACE "keys spent"). */
const notKeptTypes = new Set([
  ...['UnknownSku', 'NotFound', 'ChannelNotFound', 'LocationNotFound', 'LocationNotInChannel'],
  ...['ReservationNotFound', 'InvalidInput', 'Overloaded'],
]);

/** The same for the same wish, whatever ids the edge gives to an attempt. */
const inputText = (command: InventoryCommand): string =>
  JSON.stringify(
    command.type === 'ReserveStock' ? { ...command, claim: '' } : command,
    (_, value) => (value instanceof Map ? [...value] : value),
  );

const askInventory = (
  { world, system, requests, sending }: Parts,
  request: Request<InventoryCommand>,
  command: MakeCommand,
) =>
  sending.persist({
    what: `${request.type} ${request.key}`,
    instances: system.inventories,
    async ask({ app, process }) {
      const { type, by, key, content } = request;
      const record = { type, by, actor: 'operator', key, input: inputText(content), trace: key };
      const heardOf = requests.heardOf('inventory');
      return { ...(await app.command(command(process.clock.newId), record)), heardOf };
    },
    hear({ outcome, version, lane, replayed, heardOf }, { process }) {
      const later = replayed && process.bornAtMs > request.sentAtMs;
      if (later) world.note('answer given again by a later life');
      const kept = !('rejected' in outcome && notKeptTypes.has(outcome.rejected.type));
      const text = JSON.stringify(outcome);
      const atLeast = heardOf(lane);
      requests.heard(request, { text, kept, version, atLeast, replayed }, lane);
      return kept;
    },
  });

const askOrders = (
  { world, system, requests, sending }: Parts,
  request: Request<OrderInput>,
  mutation: OrderMutation,
  caller: Caller,
) =>
  sending.persist({
    what: `${request.type} ${request.key}`,
    instances: system.orders,
    async ask({ app }) {
      const input = { ...request.content, idempotencyKey: request.key };
      const heardOf = requests.heardOf('orders');
      return { ...(await app.commands[mutation](input, caller, request.key)), heardOf };
    },
    hear({ payload, version, heardOf }) {
      const { __typename } = payload;
      if (__typename === 'Overloaded') world.note('overloaded');
      const kept = !notKeptTypes.has(__typename);
      const about = 'order' in payload ? payload.order.id : '';
      const text = `${__typename} ${about}`;
      // A refusal names no version, so it does not matter of which lane.
      const lane = about === '' ? 0 : laneOfPlace(placeOfId(about as OrderId), system.laneCount);
      const atLeast = heardOf(lane);
      requests.heard(request, { text, kept, version, atLeast, replayed: false }, lane);
      return kept;
    },
  });
