/** The subscription hub: brings clients that ask the same together, and keeps the beat. */
import type { Federation, GatewayContext } from '../execution/federation.ts';
import { Feed } from './feed.ts';
import type { LiveClock } from './live-clock.ts';
import { type LiveRequest, planLive } from './live-plan.ts';
import { type LiveStats, newLiveStats } from './live-stats.ts';
import { errorsOf, type LiveRuntime, type Pulsing } from './runtime.ts';
import type { Sink } from './sink.ts';
import { Subscriber } from './subscriber.ts';
import { createTick } from './tick.ts';

/** Each subscription hears a heartbeat at least so often (DESIGN 8). */
export const heartbeatMs = 15_000;

const slotMs = 100;
const slotCount = heartbeatMs / slotMs;

export type Hub = {
  readonly stats: LiveStats;
  /**
   * Starts a live operation; the sink hears results, errors and the end.
   *
   * @returns ends it without a word to the sink
   * @throws LiveRefused when it is not even started
   */
  subscribe(request: LiveRequest, sink: Sink): () => void;
  /** How many clients wait for a tick or for room. */
  waiting(): number;
  /** Stops the beat and leaves all upstreams. */
  close(): void;
};

export type HubOptions = {
  readonly federation: Federation;
  readonly clock: LiveClock;
  contextFor(request: LiveRequest): GatewayContext;
};

/** Spreads what happens each period over its slots, so that ten thousand do not beat at once. */
const pulseWheel = (clock: LiveClock) => {
  const slots = Array.from({ length: slotCount }, () => new Set<Pulsing>());
  const startedAtMs = clock.monotonicMs();
  let turned = 0;
  const slotAt = (step: number) => slots[step % slotCount] ?? new Set<Pulsing>();
  return {
    add: (pulsing: Pulsing) => {
      const slot = slotAt(turned);
      slot.add(pulsing);
      return () => void slot.delete(pulsing);
    },
    /** Ticks come late under load; the wheel follows the clock, not their number. */
    turn: () => {
      const due = Math.floor((clock.monotonicMs() - startedAtMs) / slotMs);
      for (turned = Math.max(turned, due - slotCount); turned < due; turned += 1) {
        for (const pulsing of slotAt(turned + 1)) pulsing.pulse();
      }
    },
  };
};

/** @returns true when something still waits, for a client with room or for others that tell */
const flushAll = (runtime: LiveRuntime): boolean => {
  const { clock, staging, dirty, touched } = runtime;
  const nowMs = clock.monotonicMs();
  for (const each of staging) {
    if (each.release(nowMs)) staging.delete(each);
  }
  for (const each of dirty) {
    if (each.flush()) dirty.delete(each);
  }
  for (const lane of touched) lane.flush();
  touched.clear();
  return staging.size + dirty.size > 0;
};

/** Re-plans what is live, in place; only what the new supergraph no longer has is ended. */
const replanAll = ({ federation }: LiveRuntime, feeds: Map<string, Feed>) => {
  for (const [key, feed] of [...feeds]) {
    feeds.delete(key);
    try {
      const plan = planLive(federation, feed.plan.request);
      feeds.set(plan.sharingKey, feed);
      feed.replan(plan);
    } catch (error) {
      feed.fail(errorsOf(error));
    }
  }
};

export const createHub = ({ federation, clock, contextFor }: HubOptions): Hub => {
  const stats = newLiveStats();
  const wheel = pulseWheel(clock);
  const tick = createTick(clock, () => flushAll(runtime));
  const feeds = new Map<string, Feed>();
  const runtime: LiveRuntime = {
    federation,
    clock,
    stats,
    staging: new Set(),
    dirty: new Set(),
    touched: new Set(),
    tickSoon: tick.soon,
    contextFor,
    pulseEachPeriod: wheel.add,
  };
  const forget = (feed: Feed) => {
    const { sharingKey } = feed.plan;
    if (feeds.get(sharingKey) === feed) feeds.delete(sharingKey);
  };
  const stopWheel = clock.every(slotMs, wheel.turn);
  const stopReload = federation.onReload(() => replanAll(runtime, feeds));
  return {
    stats,
    subscribe: (request, sink) => {
      const plan = planLive(federation, request);
      const feed = feeds.get(plan.sharingKey) ?? new Feed(runtime, plan, forget);
      feeds.set(plan.sharingKey, feed);
      const subscriber = new Subscriber(runtime, feed, sink, plan);
      return () => subscriber.end();
    },
    waiting: () => runtime.dirty.size,
    close: () => {
      stopWheel();
      tick.stop();
      stopReload();
      for (const feed of [...feeds.values()]) feed.end();
    },
  };
};
