/**
 * A caller with a key, as a storefront, an agent, a partner or an operator has it: HTTP and
 * WebSocket, nothing else.
 */
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import {
  availabilityQuery,
  type MutationName,
  mutationOf,
  orderQuery,
  positionsQuery,
  reservationQuery,
} from './documents.ts';
import { type Gateways, gatewaysAt } from './gateways.ts';

export type Variables = Readonly<Record<string, unknown>>;

const errorShape = z.looseObject({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.looseObject({ code: z.string(), traceId: z.string() }),
});
const resultShape = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(errorShape).optional(),
});
export type Result = z.output<typeof resultShape>;

const placeShape = z.looseObject({
  location: z.object({ code: z.string() }),
  availableToPromise: z.number().nullable(),
});
export const availabilityShape = z.looseObject({
  ...{ sku: z.string(), status: z.string(), availableToPromise: z.number() },
  ...{ version: z.number(), byLocation: z.array(placeShape) },
});
export const reservationShape = z.looseObject({
  ...{ id: z.string(), status: z.string(), expiresAt: z.string(), version: z.number() },
});
const lineShape = z.looseObject({ id: z.string(), sku: z.string(), status: z.string() });
export const orderShape = z.looseObject({
  ...{ id: z.string(), number: z.string(), status: z.string(), version: z.number() },
  lines: z.array(lineShape),
  history: z.looseObject({ nodes: z.array(z.looseObject({ type: z.string() })) }),
});
export type Order = z.output<typeof orderShape>;

const answerShape = z.looseObject({
  __typename: z.string(),
  reservation: reservationShape.optional(),
  order: orderShape.optional(),
});
export type Answer = z.output<typeof answerShape>;

const messageShape = z.looseObject({
  __typename: z.string(),
  cursor: z.string().optional(),
  availability: availabilityShape.optional(),
  availabilities: z.array(availabilityShape).optional(),
  order: z.looseObject({ status: z.string(), version: z.number() }).optional(),
  event: z.looseObject({ type: z.string() }).optional(),
});
export type Message = z.output<typeof messageShape>;

let keysGiven = 0;
/** Nobody else's. */
export const freshKey = (): string => {
  keysGiven += 1;
  return `key-${process.pid}-${keysGiven}`;
};

/** One subscription: what it heard, and what comes. */
export type Live = {
  readonly heard: Message[];
  /** The next message that is so, heard already or not; each message is taken once. */
  next(isIt: (message: Message) => boolean): Promise<Message>;
  end(): void;
};

/**
 * @param door a URL, or the gateways that its callers share
 * @param key none: an anonymous storefront
 */
export function clientOf(door: string | Gateways, key: string | undefined) {
  const gateways = typeof door === 'string' ? gatewaysAt([door]) : door;
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const sockets = socketsWith(authorization);

  /** The answer as it came over the wire. */
  const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const { next, after, answered } = gateways;
    const response = await fetch(`${next()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization, ...after(), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    answered(text);
    return { status: response.status, text };
  };
  const ask = async (query: string, variables: Variables = {}): Promise<Result> =>
    resultShape.parse(JSON.parse((await post({ query, variables })).text));
  /** @throws when there is an error */
  const answerOf = async (query: string, variables: Variables) => {
    const { data, errors } = await ask(query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.answer;
  };
  const inputOf = (input: object) => ({ input: { idempotencyKey: freshKey(), ...input } });

  const mutate = async (name: MutationName, input: object): Promise<Answer> =>
    answerShape.parse(await answerOf(mutationOf(name), inputOf(input)));

  const watch = (query: string, variables: Variables): Live => {
    return listen(sockets.to(gateways.next()), query, variables);
  };

  return {
    ...{ post, ask, mutate, watch, ...looks(answerOf) },
    /** @throws unless the answer is of that type */
    async must(name: MutationName, input: object, typename: string): Promise<Answer> {
      const answer = await mutate(name, input);
      if (answer.__typename !== typename) throw new Error(JSON.stringify(answer));
      return answer;
    },
    close: sockets.close,
  };
}

/** One to each gateway, from when it is first needed. */
function socketsWith(connectionParams: Readonly<Record<string, string>>) {
  const open = new Map<string, SocketClient>();
  return {
    to(gateway: string): SocketClient {
      const known = open.get(gateway);
      if (known) return known;
      const url = `${gateway.replace('http', 'ws')}/graphql`;
      const made = createClient({
        ...{ url, connectionParams, webSocketImpl: WebSocket, retryAttempts: 0 },
      });
      open.set(gateway, made);
      return made;
    },
    close() {
      for (const socket of open.values()) socket.dispose();
    },
  };
}

/** What is looked at often. @throws when there is an error */
function looks(answerOf: (query: string, variables: Variables) => Promise<unknown>) {
  return {
    async availability(sku: string, channel?: string) {
      const found = await answerOf(availabilityQuery, { skus: [sku], channel });
      return availabilityShape.parse(z.array(z.unknown()).parse(found)[0]);
    },
    positions: async (sku: string) =>
      z
        .array(z.looseObject({ version: z.number() }))
        .parse(await answerOf(positionsQuery, { sku })),
    reservation: async (id: string) =>
      reservationShape.nullable().parse(await answerOf(reservationQuery, { id })),
    order: async (id: string) => orderShape.nullable().parse(await answerOf(orderQuery, { id })),
  };
}

export type Client = ReturnType<typeof clientOf>;

function listen(socket: SocketClient, query: string, variables: Variables): Live {
  const heard: Message[] = [];
  const taken = new Set<Message>();
  let told = () => {};
  let ended: unknown;
  const stop = socket.subscribe<Variables>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (errors) ended = new Error(JSON.stringify(errors));
        else heard.push(messageShape.parse(data?.message));
        told();
      },
      error: (failure) => {
        ended = failure instanceof Error ? failure : new Error(JSON.stringify(failure));
        told();
      },
      complete: () => told(),
    },
  );
  return {
    heard,
    end: stop,
    async next(isIt) {
      for (;;) {
        const found = heard.find((message) => !taken.has(message) && isIt(message));
        if (found) {
          taken.add(found);
          return found;
        }
        if (ended) throw ended;
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}

/** The order that an answer must have. */
export function orderOf({ order, ...rest }: Answer): Order {
  if (!order) throw new Error(JSON.stringify(rest));
  return order;
}

export function reservationOf({ reservation, ...rest }: Answer) {
  if (!reservation) throw new Error(JSON.stringify(rest));
  return reservation;
}

// A round trip is about a millisecond; the test's own time ends before these do.
const looksMax = 50_000;

/**
 * Looks again until it is so: what other parts of the system do needs its time, each look is one
 * round trip.
 */
export async function until<Seen>(look: () => Promise<Seen>, isIt: (seen: Seen) => boolean) {
  for (let looks = 0; looks < looksMax; looks += 1) {
    const seen = await look();
    if (isIt(seen)) return seen;
  }
  throw new Error('it never happened');
}
