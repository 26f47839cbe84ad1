/** The load that is killed: clients with idempotency keys, and a memory of what each was told. */
import { randomInt, randomUUID } from 'node:crypto';
import * as documents from './documents.ts';
import { askPatiently, type GraphqlClient } from './graphql-client.ts';
import { ConnectionLost } from './http-connection.ts';

export type Answer = {
  readonly __typename: string;
  readonly code?: string;
  readonly reservation?: { readonly id: string };
  readonly order?: { readonly id: string; readonly number: string; readonly status: string };
  readonly position?: { readonly sku: string };
};

export type Kind = 'reserve' | 'place' | 'placeReserved' | 'cancel' | 'receive';

export type Operation = {
  readonly kind: Kind;
  readonly sku: string;
  readonly units: number;
  readonly input: Readonly<Record<string, unknown>>;
  /** The first answer that a client has seen. */
  heard: Answer | undefined;
};

const queries: Readonly<Record<Kind, string>> = {
  reserve: documents.reserveStock,
  place: documents.placeOrder,
  placeReserved: documents.placeOrder,
  cancel: documents.cancelOrder,
  receive: documents.receiveStock,
};

export const locationCode = 'kill-warehouse';
/** The last is scarce, so that refusals are among what must not be lost. */
export const skus = ['kill-1', 'kill-2', 'kill-3', 'kill-scarce'];
export const unitsAtStart = 1_000_000;
export const scarceUnits = 50;

export type Load = {
  /** Sends until `stopped` says so; what a lost connection left open stays in `open`. */
  run(client: GraphqlClient, stopped: () => boolean): Promise<void>;
  readonly all: Operation[];
  /** Sent, and no answer heard. */
  readonly open: Set<Operation>;
};

const idempotencyKey = () => randomUUID();
const customer = { email: 'kill@example.org' };

function reserveOrReceive(kind: 'reserve' | 'receive' | 'place'): Operation {
  const sku = skus[randomInt(skus.length)] ?? '';
  const units = 1 + randomInt(3);
  const key = { idempotencyKey: idempotencyKey() };
  const lines = [{ sku, quantity: units }];
  switch (kind) {
    case 'reserve':
      return { kind, sku, units, heard: undefined, input: { ...key, lines } };
    case 'place':
      return { kind, sku, units, heard: undefined, input: { ...key, lines, customer } };
    case 'receive': {
      // The scarce one stays scarce.
      const target = sku === skus.at(-1) ? (skus[0] ?? '') : sku;
      const input = { ...key, sku: target, locationCode, quantity: units };
      return { kind, sku: target, units, heard: undefined, input };
    }
  }
}

const reservationOf = ({ heard }: Operation) => heard?.reservation?.id;
const orderOf = ({ heard }: Operation) => heard?.order?.id;

/** Takes one at random: nobody else shall order or cancel it as well. */
function takeOne<Item>(from: Item[]): Item | undefined {
  const at = from.length > 0 ? randomInt(from.length) : 0;
  const last = from.pop();
  if (last === undefined || at === from.length) return last;
  const taken = from[at];
  from[at] = last;
  return taken;
}

const attemptsMax = 200;
const pauseMs = 20;

/** An order that inventory has not answered in time is asked for again, under the same key. */
const isDecided = ({ __typename, order }: Answer): boolean =>
  __typename !== 'Overloaded' && order?.status !== 'PENDING';

/** Sends one operation again and again until it is decided. @throws ConnectionLost */
export async function decide(client: GraphqlClient, operation: Operation): Promise<Answer> {
  const query = queries[operation.kind];
  for (let attempt = 1; ; attempt += 1) {
    const { answer } = await askPatiently(client, query, { input: operation.input });
    if (isDecided(answer as Answer)) return answer as Answer;
    if (attempt === attemptsMax) throw new Error(`${operation.kind} is not decided`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

export function killLoad(): Load {
  const all: Operation[] = [];
  const open = new Set<Operation>();
  const reservations: Operation[] = [];
  const orders: Operation[] = [];

  const next = (): Operation => {
    const dice = randomInt(100);
    if (dice < 40) return reserveOrReceive('reserve');
    if (dice < 60) return reserveOrReceive('place');
    if (dice < 75) return reserveOrReceive('receive');
    const key = { idempotencyKey: idempotencyKey() };
    const from = takeOne(dice < 90 ? reservations : orders);
    if (!from) return reserveOrReceive('reserve');
    const { sku, units } = from;
    const kind = dice < 90 ? 'placeReserved' : 'cancel';
    const input =
      kind === 'cancel'
        ? { ...key, orderId: orderOf(from), reason: 'changed my mind', restock: true }
        : { ...key, reservationId: reservationOf(from), customer };
    return { kind, sku, units, heard: undefined, input };
  };

  return {
    ...{ all, open },
    async run(client, stopped) {
      while (!stopped()) {
        const operation = next();
        all.push(operation);
        open.add(operation);
        try {
          operation.heard = await decide(client, operation);
        } catch (failure) {
          if (failure instanceof ConnectionLost) return;
          throw failure;
        }
        open.delete(operation);
        if (reservationOf(operation)) reservations.push(operation);
        else if (orderOf(operation) && operation.kind !== 'cancel') orders.push(operation);
      }
    },
  };
}
