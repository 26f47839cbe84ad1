/** Requests at a rate, whether or not the ones before are answered: as customers come. */

import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLost, type HttpConnection, openConnection } from '../http-connection.ts';
import { quantileOf } from '../quantiles.ts';

const overloaded = '... on Overloaded { retryAfterMs }';
const reserve = `mutation Reserve($input: ReserveStockInput!) {
  answer: reserveStock(input: $input) {
    __typename ... on StockReserved { reservation { id } } ${overloaded} } }`;
const place = `mutation Place($input: PlaceOrderInput!) {
  answer: placeOrder(input: $input) {
    __typename ... on OrderPlaced { order { id } } ${overloaded} } }`;

export const loadSkus = { hot: 'overload-hot', cold: 20 } as const;
export const coldSku = (at: number) => `overload-${at}`;
const hotPart = 0.9;
const askedOnce = JSON.stringify({ query: '{ __typename }' });
const customer = { email: 'overload@example.org' };
/** Connections of the load, kept. */
const openedAhead = 3_000;
/** A customer who finds none free opens one; one more than these has nowhere to go. */
const connectionsMax = 12_000;
const openedAtOnce = 50;

export type KindFigures = {
  readonly accepted: number;
  readonly refused: number;
  /** Of what was accepted, from when it was due. */
  readonly p99Ms: number;
};

export type OpenLoopFigures = {
  readonly sent: number;
  readonly carts: KindFigures;
  readonly orders: KindFigures;
  /** Of both. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Neither accepted nor refused with a type and a time to come again; with how often. */
  readonly untyped: ReadonlyMap<string, number>;
  readonly acceptedPerSecond: number;
};

export type Target = {
  readonly endpoints: readonly string[];
  readonly key: string;
  /** Of all requests; the others are carts. */
  readonly orderPart: number;
};
type Kind = { refused: number; readonly lateMs: number[] };
type Run = Target & {
  readonly free: HttpConnection[];
  opened: number;
  readonly carts: Kind;
  readonly orders: Kind;
  readonly untyped: Map<string, number>;
};

type Heard = {
  readonly data?: {
    readonly answer?: { readonly __typename: string; readonly retryAfterMs?: number };
  };
  readonly errors?: readonly {
    readonly extensions?: { readonly code?: string; readonly retryAfterMs?: number };
  }[];
};

function openOne(run: Run): Promise<HttpConnection> {
  run.opened += 1;
  return openConnection(run.endpoints[run.opened % run.endpoints.length] ?? '', run.key);
}

async function takeConnection(run: Run): Promise<HttpConnection | undefined> {
  // Each in its turn: the server closes those that say nothing.
  const free = run.free.shift();
  if (free) return free;
  return run.opened >= connectionsMax ? undefined : openOne(run);
}

/**
 * Before the load begins: what is measured is requests, not how fast connections are taken. One
 * that was made is not taken yet; one that was answered is.
 */
async function openAll(run: Run): Promise<void> {
  const openAnswered = async () => {
    const connection = await openOne(run);
    await connection.post(askedOnce);
    return connection;
  };
  while (run.opened < openedAhead) {
    const some = Array.from({ length: openedAtOnce }, openAnswered);
    run.free.push(...(await Promise.all(some)));
  }
}

const count = (untyped: Map<string, number>, what: string) =>
  void untyped.set(what, (untyped.get(what) ?? 0) + 1);

/** @returns after how long it may be asked again; undefined when it was accepted */
function note(run: Run, isOrder: boolean, dueAt: number, text: string): number | undefined {
  const { data, errors } = JSON.parse(text) as Heard;
  const kind = isOrder ? run.orders : run.carts;
  const answer = data?.answer;
  if (answer?.__typename === 'StockReserved' || answer?.__typename === 'OrderPlaced') {
    kind.lateMs.push(performance.now() - dueAt);
    return undefined;
  }
  kind.refused += 1;
  const facts = errors?.[0]?.extensions;
  const isTyped = answer?.__typename === 'Overloaded' || facts?.code === 'OVERLOADED';
  const retryAfterMs = answer?.retryAfterMs ?? facts?.retryAfterMs;
  if (!isTyped || retryAfterMs === undefined) {
    count(run.untyped, facts?.code ?? answer?.__typename ?? 'no answer');
  }
  return retryAfterMs;
}

async function sendOne(run: Run, dueAt: number): Promise<number | undefined> {
  const isOrder = Math.random() < run.orderPart;
  const sku = Math.random() < hotPart ? loadSkus.hot : coldSku(randomInt(loadSkus.cold));
  const lines = [{ sku, quantity: 1 }];
  const input = { idempotencyKey: randomUUID(), lines, ...(isOrder && { customer }) };
  try {
    const connection = await takeConnection(run);
    if (!connection) {
      count(run.untyped, 'no socket of the load was free');
      return undefined;
    }
    const query = isOrder ? place : reserve;
    const { text } = await connection.post(JSON.stringify({ query, variables: { input } }));
    run.free.push(connection);
    return note(run, isOrder, dueAt, text);
  } catch (failure) {
    if (!(failure instanceof ConnectionLost)) throw failure;
    run.opened -= 1;
    count(run.untyped, 'connection lost');
    return undefined;
  }
}

const newRun = (target: Target): Run => ({
  ...{ ...target, free: [], opened: 0, untyped: new Map() },
  ...{ carts: { refused: 0, lateMs: [] }, orders: { refused: 0, lateMs: [] } },
});

const kindFigures = ({ refused, lateMs }: Kind): KindFigures => ({
  accepted: lateMs.length,
  refused,
  p99Ms: quantileOf(lateMs, 0.99),
});

/** @param startedAt a second counts until the last answer, so that what waits adds nothing */
function figuresOf(run: Run, sent: number, startedAt: number): OpenLoopFigures {
  const tookMs = performance.now() - startedAt;
  for (const connection of run.free) connection.close();
  const { carts, orders, untyped } = run;
  const lateMs = [...carts.lateMs, ...orders.lateMs];
  return {
    ...{ sent, carts: kindFigures(carts), orders: kindFigures(orders), untyped },
    ...{ p50Ms: quantileOf(lateMs, 0.5), p99Ms: quantileOf(lateMs, 0.99) },
    acceptedPerSecond: (lateMs.length * 1_000) / tookMs,
  };
}

/** @returns once the last one is answered */
export async function openLoop(
  target: Target,
  perSecond: number,
  forMs: number,
): Promise<OpenLoopFigures> {
  const run = newRun(target);
  await openAll(run);
  const sending: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now - startedAt < forMs; now = performance.now()) {
    const due = ((now - startedAt) * perSecond) / 1_000;
    while (sending.length < due) {
      sending.push(sendOne(run, startedAt + (sending.length * 1_000) / perSecond));
    }
    await pause(5);
  }
  await Promise.all(sending);
  return figuresOf(run, sending.length, startedAt);
}

/** Each asks again as soon as it is answered, or told to: what the system can do. */
export async function closedLoop(
  target: Target,
  callers: number,
  forMs: number,
): Promise<OpenLoopFigures> {
  const run = newRun(target);
  const startedAt = performance.now();
  const until = startedAt + forMs;
  let sent = 0;
  const caller = async () => {
    while (performance.now() < until) {
      sent += 1;
      const retryAfterMs = await sendOne(run, performance.now());
      if (retryAfterMs !== undefined) await pause(retryAfterMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return figuresOf(run, sent, startedAt);
}

const rising = { callers: 16, from: 0.75, by: 1.4, refusedMin: 0.1, refusingSteps: 2 };

/**
 * The most that is answered in a second: an open load that rises until much of it is refused, and
 * goes on some steps from there. Callers that wait for their answers would pause when refused, and
 * tell how long they pause.
 */
export async function mostAnswered(target: Target, stepMs: number): Promise<OpenLoopFigures> {
  const { callers, from, by, refusedMin, refusingSteps } = rising;
  let best = await closedLoop(target, callers, stepMs);
  let refusing = 0;
  for (let rate = best.acceptedPerSecond * from; refusing < refusingSteps; rate *= by) {
    const step = await openLoop(target, rate, stepMs);
    const accepted = step.carts.accepted + step.orders.accepted;
    if (step.sent - accepted > step.sent * refusedMin) refusing += 1;
    if (step.acceptedPerSecond > best.acceptedPerSecond) best = step;
  }
  return best;
}
