/** A badge and an order that are watched across kills, resumed by the cursor last seen. */
import * as documents from './documents.ts';
import { askPatiently, type GraphqlClient } from './graphql-client.ts';
import { skus } from './kill-load.ts';
import { type LiveMessage, type LiveSubscription, subscribeLive } from './live-client.ts';

export type Watched = { gaps: number; resumed: number; readonly wrong: string[] };

export type Door = { readonly endpoint: string; readonly key: string };

const withinMs = 10_000;
const placeTriesMax = 50;

async function becomes(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

type Shown = {
  readonly sku: string;
  readonly availableToPromise: number;
  readonly version: number;
};

export type BadgeWatch = {
  /** Subscribes, from the last cursor on when there is one. */
  resume(door: Door): void;
  /** What was heard against what is; a difference that stays is a gap. */
  compare(client: GraphqlClient): Promise<void>;
  close(): void;
};

/** What is newer than what was seen. */
async function unseen(client: GraphqlClient, seen: ReadonlyMap<string, Shown>): Promise<string> {
  const { availability } = await askPatiently(client, documents.availability, { skus });
  return (availability as readonly Shown[])
    .filter(({ sku, version }) => seen.get(sku)?.version !== version)
    .map(({ sku, version }) => `${sku} at ${version}`)
    .join(', ');
}

export function watchBadge(watched: Watched): BadgeWatch {
  const seen = new Map<string, Shown>();
  let cursor: string | undefined;
  let subscription: LiveSubscription | undefined;

  const note = (shown: Shown) => {
    const known = seen.get(shown.sku);
    // Of one SKU only the newest counts: keep the highest (contract.graphql).
    if (!known || shown.version >= known.version) seen.set(shown.sku, shown);
  };

  const hear = (message: LiveMessage, wasResumed: boolean) => {
    if (message.__typename === 'AvailabilitySnapshot') {
      for (const shown of message.availabilities as readonly Shown[]) note(shown);
    } else if (message.__typename === 'AvailabilityChange') note(message.availability as Shown);
    if (wasResumed && ['Reset', 'AvailabilitySnapshot'].includes(message.__typename)) {
      watched.gaps += 1;
      watched.wrong.push(`a resumed badge heard ${JSON.stringify(message)}`);
    }
    cursor = message.cursor ?? cursor;
  };

  return {
    resume({ endpoint, key }) {
      const wasResumed = cursor !== undefined;
      if (wasResumed) watched.resumed += 1;
      subscription = subscribeLive({
        ...{ endpoint, key, query: documents.availabilityChanged },
        variables: { skus, after: cursor ?? null },
        hear: (message) => hear(message, wasResumed),
      });
    },

    async compare(client) {
      let different = '';
      const same = await becomes(async () => {
        different = await unseen(client, seen);
        return different === '';
      });
      if (same) return;
      watched.gaps += 1;
      watched.wrong.push(`the badge never heard of ${different}`);
    },

    close: () => subscription?.close(),
  };
}

type Node = { readonly id: string };
type History = { readonly nodes: readonly Node[] };

export type OrderWatch = {
  /** Cancels, resumes after the last cursor, and compares what was heard with the history. */
  finish(door: Door, client: GraphqlClient): Promise<void>;
};

async function placeOne(client: GraphqlClient): Promise<string> {
  const lines = [{ sku: skus[0], quantity: 1 }];
  const customer = { email: 'watched@example.org' };
  const input = { idempotencyKey: crypto.randomUUID(), lines, customer };
  for (let tries = 1; ; tries += 1) {
    const { answer } = await askPatiently(client, documents.placeOrder, { input });
    const { order, __typename } = answer as { readonly __typename: string; readonly order?: Node };
    if (order) return order.id;
    // Its lane may be on the way to another owner.
    if (__typename !== 'Overloaded' || tries === placeTriesMax) throw new Error(__typename);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function historyOf(client: GraphqlClient, orderId: string): Promise<readonly string[]> {
  const { order } = await askPatiently(client, documents.orderById, { id: orderId });
  return (order as { readonly history: History }).history.nodes.map(({ id }) => id);
}

/** Ids of the events that a subscription has told, in its order; goes on after the last cursor. */
function followOrder(orderId: string, watched: Watched) {
  const heard: string[] = [];
  let cursor: string | undefined;
  const hear = (message: LiveMessage) => {
    if (message.__typename === 'OrderSnapshot') {
      const { history } = message.order as { readonly history: History };
      heard.push(...history.nodes.map(({ id }) => id));
    } else if (message.__typename === 'OrderChange') heard.push((message.event as Node).id);
    else if (message.__typename === 'Reset') watched.wrong.push('a resumed order heard Reset');
    cursor = message.cursor ?? cursor;
  };
  return {
    heard,
    hasBegun: () => cursor !== undefined,
    follow: ({ endpoint, key }: Door) =>
      subscribeLive({
        ...{ endpoint, key, query: documents.orderChanged, hear },
        variables: { orderId, after: cursor ?? null },
      }),
  };
}

/** Places an order and follows it until its first snapshot is here. */
export async function watchOrder(
  door: Door,
  client: GraphqlClient,
  watched: Watched,
): Promise<OrderWatch> {
  const orderId = await placeOne(client);
  const { heard, hasBegun, follow } = followOrder(orderId, watched);
  follow(door);
  if (!(await becomes(hasBegun))) throw new Error('an order had no snapshot');
  return {
    async finish(nextDoor, nextClient) {
      const cancel = { idempotencyKey: crypto.randomUUID(), orderId, reason: 'watched' };
      const input = { ...cancel, restock: true };
      await askPatiently(nextClient, documents.cancelOrder, { input });
      const resumed = follow(nextDoor);
      let history: readonly string[] = [];
      const same = await becomes(async () => {
        history = await historyOf(nextClient, orderId);
        return history.join() === heard.join();
      });
      resumed.close();
      if (same) return;
      watched.gaps += 1;
      watched.wrong.push(`an order's history is ${history}, heard were ${heard}`);
    },
  };
}
