/** Asks orders through its schema, as the gateway does. */
import type { Caller } from '@holdfast/schema/caller';
import { execute, parse, subscribe } from 'graphql';
import { z } from 'zod';
import { caller, type World } from './orders-world.ts';

export const orderFields = `
  id number status channel version placedAt total { amount currency }
  lines { id sku quantity cancelled backordered allocated shipped status promisedAt
    unitPrice { amount currency } item { sku } }
  history(first: 100) { nodes { id type at actor summary } pageInfo { hasNextPage endCursor } }`;

const answerFields = `__typename
  ... on OrderPlaced { order { ${orderFields} } }
  ... on OrderCancelled { order { ${orderFields} } }
  ... on PaymentRecorded { order { ${orderFields} } }
  ... on Problem { code message retryable path }
  ... on NotAllowed { reason }
  ... on VersionConflict { currentVersion }
  ... on UnknownSku { skus }
  ... on Overloaded { retryAfterMs }
  ... on InsufficientStock { shortfalls { sku requested available nextSupply { quantity }
    alternatives { sku } } }`;

const orderShape = z.looseObject({
  id: z.string(),
  number: z.string(),
  status: z.string(),
  version: z.number(),
  lines: z.array(z.looseObject({ id: z.string(), sku: z.string() })),
  history: z.looseObject({ nodes: z.array(z.looseObject({ id: z.string(), type: z.string() })) }),
});
export type ShownOrder = z.output<typeof orderShape>;

const answerShape = z.looseObject({ __typename: z.string(), order: orderShape.optional() });
export type ShownAnswer = z.output<typeof answerShape>;

export type Result = {
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  readonly codes: readonly unknown[];
  readonly cursors: readonly string[];
};

const contextOf = ({ app }: World, by: Caller, cursors: string[] = []) =>
  app.subgraph.createContext({ caller: by, traceId: 'trace-1', after: undefined, cursors });

/** @throws the failure behind an error that has no code */
export async function run(
  world: World,
  source: string,
  variables: Readonly<Record<string, unknown>>,
  by: Caller = caller('operator'),
): Promise<Result> {
  const cursors: string[] = [];
  const result = await execute({
    ...{ schema: world.app.subgraph.schema, document: parse(source), variableValues: variables },
    contextValue: contextOf(world, by, cursors),
  });
  const unexpected = result.errors?.find(({ extensions }) => extensions.code === undefined);
  if (unexpected) throw unexpected.originalError ?? unexpected;
  return { data: result.data, codes: result.errors?.map((e) => e.extensions.code) ?? [], cursors };
}

const inputTypes = {
  placeOrder: 'PlaceOrderInput',
  cancelOrder: 'CancelOrderInput',
  recordPayment: 'RecordPaymentInput',
};

export type MutationName = keyof typeof inputTypes;

/** @throws Error with the codes when a top-level error answers */
export async function mutate(
  world: World,
  name: MutationName,
  input: object,
  by?: Caller,
): Promise<ShownAnswer & { readonly cursors: readonly string[] }> {
  const source = `mutation ($input: ${inputTypes[name]}!) {
    answer: ${name}(input: $input) { ${answerFields} } }`;
  const { data, codes, cursors } = await run(world, source, { input }, by);
  if (!data) throw new Error(codes.join());
  return { ...answerShape.parse(data.answer), cursors };
}

/** The order that an answer must have. */
export function orderOf({ order, ...rest }: ShownAnswer): ShownOrder {
  if (!order) throw new Error(`no order: ${JSON.stringify(rest)}`);
  return order;
}

export async function orderById(world: World, id: string, by?: Caller) {
  const source = `query ($id: ID!) { order(id: $id) { ${orderFields} } }`;
  const { data } = await run(world, source, { id }, by);
  return orderShape.nullable().parse(data?.order);
}

const messageShape = z.looseObject({
  __typename: z.string(),
  cursor: z.string().optional(),
  event: z.looseObject({ type: z.string() }).optional(),
});
export type ShownMessage = z.output<typeof messageShape>;

/** @returns next message, or undefined at the end; `end` leaves. @throws Error with the codes */
export async function watch(world: World, orderId: string, after?: string, by?: Caller) {
  const source = `subscription ($orderId: ID!, $after: String) {
    message: orderChanged(orderId: $orderId, after: $after) { __typename
      ... on OrderSnapshot { cursor order { ${orderFields} } }
      ... on OrderChange { cursor event { id type } order { status version } }
      ... on Heartbeat { cursor asOf }
      ... on Reset { reason } } }`;
  const live = await subscribe({
    ...{ schema: world.app.subgraph.schema, document: parse(source) },
    variableValues: { orderId, after },
    contextValue: contextOf(world, by ?? caller('operator')),
  });
  if (!(Symbol.asyncIterator in live)) {
    throw new Error(live.errors?.map(({ extensions }) => extensions.code).join());
  }
  return {
    async next(): Promise<ShownMessage | undefined> {
      const { done, value } = await live.next();
      if (done) return undefined;
      if (value.errors) throw value.errors[0];
      return messageShape.parse(value.data?.message);
    },
    end: () => live.return(undefined),
  };
}

export async function orderByNumber(world: World, number: string, by?: Caller) {
  const source = `query ($number: String!) { orderByNumber(number: $number) { ${orderFields} } }`;
  const { data } = await run(world, source, { number }, by);
  return orderShape.nullable().parse(data?.orderByNumber);
}
