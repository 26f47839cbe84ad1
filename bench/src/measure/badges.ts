/**
 * Clients that watch 20 SKUs each, and the changes that they wait for, in a process of their own.
 */
import { setTimeout as pause } from 'node:timers/promises';
import * as documents from '../documents.ts';
import { residentMib } from '../holdfast-process.ts';
import { type HttpConnection, openConnection } from '../http-connection.ts';
import { type Latencies, latencies } from '../latencies.ts';
import { metricsOf } from '../metrics.ts';
import { openLiveClient } from '../web-socket.ts';
import { askUntilChanged } from './ask-until-changed.ts';
import { answerParent, caseFromParent } from './child.ts';
import { type HeardBadge, watchCommits } from './commit-times.ts';
import { locationCode } from './ledger-store.ts';
import { madeChanges } from './made-changes.ts';

export type BadgesCase = {
  /** Where subscribers are. */
  readonly endpoint: string;
  /** Where changes are made; the same when left out. */
  readonly changesEndpoint?: string;
  /** May change stock. */
  readonly key: string;
  readonly serverPid: number;
  readonly skus: number;
  readonly subscribers: number;
  readonly skusEach: number;
  /** Changes a second while latency is measured. */
  readonly eventsPerSecond: number;
  /** That one request makes, one after the other; one when left out. */
  readonly changesEach?: number;
  readonly steadyMs: number;
  readonly floodMs: number;
  /** That make the changes. */
  readonly connections: number;
  /** That have the log; without them nothing is counted from commits on. */
  readonly servers?: { readonly mongoUrl: string; readonly natsUrl: string };
};

export type BadgesFigures = {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /**
   * From the answer to a change to its badge, 0 for one that was quicker: the commit was a little
   * earlier, by the answer's way back.
   */
  readonly afterAnswerP50Ms: number;
  readonly afterAnswerP99Ms: number;
  /** See `CommitTimes`; 0 where the log was not looked at. */
  readonly fromBegunP50Ms: number;
  readonly fromBegunP99Ms: number;
  readonly fromDurableP50Ms: number;
  readonly fromDurableP99Ms: number;
  /** Of the request itself: to its answer, when all of its changes are durable. */
  readonly changeP50Ms: number;
  readonly changeP99Ms: number;
  readonly events: number;
  readonly delivered: number;
  readonly expected: number;
  readonly executionsPerEvent: number;
  readonly floodEventsPerSecond: number;
  readonly floodDeliveriesPerSecond: number;
  readonly subscribeMs: number;
  readonly kibPerSubscriber: number;
  readonly serverMib: number;
};

const openAtOnce = 100;
const quietMs = 1_500;
const asked = caseFromParent<BadgesCase>();
const { endpoint, key, serverPid, subscribers, skusEach, changesEach = 1 } = asked;

const skuOf = (at: number) => `bench-${at % asked.skus}`;
/** Each has its own list; every SKU has as many watchers as any other. */
const listOf = (subscriber: number) =>
  Array.from({ length: skusEach }, (_, at) =>
    skuOf(subscriber * skusEach + at + 7 * Math.floor((subscriber * skusEach) / asked.skus)),
  );

const changes = madeChanges(`${serverPid}-${process.pid}`);
let steady = latencies();
let afterAnswer = latencies();
let heardCount = 0;
let badges: HeardBadge[] = [];

function hearChange(frame: string): void {
  const now = performance.now();
  heardCount += 1;
  const [, sku = '', units = ''] = /"sku":"([^"]+)","availableToPromise":(\d+)/.exec(frame) ?? [];
  const change = changes.of(sku, units);
  if (!change) return;
  steady.note(now - change.sentAt);
  afterAnswer.note(now - (change.answeredAt ?? now));
  if (asked.servers) badges.push({ change, heardAt: now });
}

async function subscribeAll(): Promise<number> {
  const startedAt = performance.now();
  let complete = 0;
  let tell = () => {};
  const snapshot = (frame: string) => {
    if (!frame.includes('"complete":true')) return;
    complete += 1;
    tell();
  };
  const hear = (frame: string) => {
    if (frame.includes('AvailabilityChange')) hearChange(frame);
    else snapshot(frame);
  };
  const ended = (why: string) => {
    throw new Error(`a subscriber was ended: ${why}`);
  };
  for (let opened = 0; opened < subscribers; opened += openAtOnce) {
    const many = Math.min(openAtOnce, subscribers - opened);
    for (let at = opened; at < opened + many; at += 1) {
      const variables = { skus: listOf(at) };
      openLiveClient({ endpoint, query: documents.availabilityChanged, variables, hear, ended });
    }
    while (complete < opened + many) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  }
  return performance.now() - startedAt;
}

const watched = Math.min(asked.skus, subscribers * skusEach);
let changeTimes = latencies();

const receiveStock = documents.receiveStocks(changesEach);

async function change(connection: HttpConnection, sku: string): Promise<void> {
  const sentAt = performance.now();
  const made = Array.from({ length: changesEach }, () => changes.make(sku, sentAt));
  const inputs = made.map(({ key: idempotencyKey }, at) => [
    `i${at}`,
    { idempotencyKey, locationCode, sku, quantity: 1 },
  ]);
  const variables = Object.fromEntries(inputs);
  const body = JSON.stringify({ query: receiveStock, variables });
  await askUntilChanged(connection, body, changesEach);
  const answeredAt = performance.now();
  for (const each of made) each.answeredAt = answeredAt;
  changeTimes.note(answeredAt - sentAt);
}

async function readUnits(): Promise<void> {
  for (let from = 0; from < watched; from += 200) {
    const skus = Array.from({ length: Math.min(200, watched - from) }, (_, at) => skuOf(from + at));
    const body = JSON.stringify({ query: documents.availability, variables: { skus } });
    const { text } = await connections[0]!.post(body);
    const { data } = JSON.parse(text) as {
      readonly data: { readonly availability: { sku: string; availableToPromise: number }[] };
    };
    for (const { sku, availableToPromise } of data.availability) {
      changes.begin(sku, availableToPromise);
    }
  }
}

/** Evenly in time, on whatever connection is free. */
async function runSteady(): Promise<number> {
  const free = [...connections];
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  let events = 0;
  for (let at = 0; at < asked.steadyMs; at = performance.now() - startedAt) {
    const due = Math.floor((at / 1_000) * asked.eventsPerSecond);
    for (; events < due && free.length > 0; events += changesEach) {
      const used = free.shift()!;
      const sku = skuOf((events * 7_919) % watched);
      underWay.push(change(used, sku).then(() => void free.push(used)));
    }
    await pause(2);
  }
  await Promise.all(underWay);
  return events;
}

async function runFlood(): Promise<number> {
  const until = performance.now() + asked.floodMs;
  let events = 0;
  const worker = async (connection: HttpConnection) => {
    while (performance.now() < until) {
      events += changesEach;
      await change(connection, skuOf((events * 7_919) % watched));
    }
  };
  await Promise.all(connections.map(worker));
  return events;
}

const bothOf = ({ quantile }: Latencies) => [quantile(0.5), quantile(0.99)] as const;

const memoryBefore = residentMib(serverPid);
const subscribeMs = await subscribeAll();
await pause(quietMs);
const serverMib = residentMib(serverPid);
// Now, and each used in its turn: the server closes those that say nothing.
const connections = await Promise.all(
  Array.from({ length: asked.connections }, () =>
    openConnection(asked.changesEndpoint ?? endpoint, key),
  ),
);
await readUnits();

await runSteady(); // warms both sides up
await pause(quietMs);
const commits = await watchCommits(asked.servers);
const warm = await metricsOf(endpoint);
steady = latencies();
afterAnswer = latencies();
changeTimes = latencies();
heardCount = 0;
badges = [];
const events = await runSteady();
await pause(quietMs);
const after = await metricsOf(endpoint);
// Before the flood, whose changes and badges are noted too.
const [p50Ms, p99Ms] = bothOf(steady);
const [afterAnswerP50Ms, afterAnswerP99Ms] = bothOf(afterAnswer);
const [changeP50Ms, changeP99Ms] = bothOf(changeTimes);
const delivered = heardCount;
const { fromBegun, fromDurable } = await commits.to(badges);
const executions = after.executions - warm.executions;

heardCount = 0;
const floodStartedAt = performance.now();
const floodEvents = await runFlood();
await pause(quietMs);
const floodSeconds = (performance.now() - floodStartedAt - quietMs) / 1_000;
const [fromBegunP50Ms, fromBegunP99Ms] = bothOf(fromBegun);
const [fromDurableP50Ms, fromDurableP99Ms] = bothOf(fromDurable);
answerParent<BadgesFigures>({
  ...{ p50Ms, p99Ms, afterAnswerP50Ms, afterAnswerP99Ms, changeP50Ms, changeP99Ms },
  ...{ fromBegunP50Ms, fromBegunP99Ms, fromDurableP50Ms, fromDurableP99Ms },
  ...{ events, delivered, expected: (events * subscribers * skusEach) / watched },
  executionsPerEvent: executions / events,
  floodEventsPerSecond: floodEvents / floodSeconds,
  floodDeliveriesPerSecond: heardCount / floodSeconds,
  ...{ subscribeMs, serverMib },
  kibPerSubscriber: ((serverMib - memoryBefore) * 1_024) / subscribers,
});
