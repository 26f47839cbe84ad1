/** The subscription hub: brings clients that ask the same together, and keeps the beat. */
import type { Federation, GatewayContext } from '../execution/federation.ts';
import { Feed } from './feed.ts';
import type { LiveClock } from './live-clock.ts';
import { type LiveRequest, planLive } from './live-plan.ts';
import { type LiveStats, newLiveStats } from './live-stats.ts';
import { errorsOf, type LiveRuntime, type Pulsing } from './runtime.ts';
import type { Sink } from './sink.ts';
import { Subscriber } from './subscriber.ts';

/**
 * Everything of a tick leaves in one write a client, and only the newest of a key (DESIGN 7). It is
 * as short as costs little: after what took long the next is longer, so that more leaves at once.
 */
const tickMs = { least: 5, most: 20 };
/** The part of the time that may go into ticks is one to so many. */
const restsPerWork = 4;
/** Each subscription hears a heartbeat at least so often (DESIGN 8). */
export const heartbeatMs = 15_000;

const slotMs = 20;
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

const flushAll = (runtime: LiveRuntime) => {
  const nowMs = runtime.clock.monotonicMs();
  for (const staging of runtime.staging) {
    if (staging.release(nowMs)) runtime.staging.delete(staging);
  }
  for (const flushing of runtime.dirty) {
    if (flushing.flush()) runtime.dirty.delete(flushing);
  }
  for (const lane of runtime.touched) lane.flush();
  runtime.touched.clear();
};

const beat = (clock: LiveClock, act: () => void) => {
  let cancel = () => {};
  const next = (afterMs: number) => {
    cancel = clock.after(afterMs, () => {
      const beganAtMs = clock.monotonicMs();
      act();
      const tookMs = clock.monotonicMs() - beganAtMs;
      next(Math.min(tickMs.most, Math.max(tickMs.least, restsPerWork * tookMs)));
    });
  };
  next(tickMs.least);
  return () => cancel();
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
  const feeds = new Map<string, Feed>();
  const runtime: LiveRuntime = {
    federation,
    clock,
    stats,
    staging: new Set(),
    dirty: new Set(),
    touched: new Set(),
    contextFor,
    pulseEachPeriod: wheel.add,
  };
  const forget = (feed: Feed) => {
    const { sharingKey } = feed.plan;
    if (feeds.get(sharingKey) === feed) feeds.delete(sharingKey);
  };
  const stopBeat = beat(clock, () => {
    wheel.turn();
    flushAll(runtime);
  });
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
      stopBeat();
      stopReload();
      for (const feed of [...feeds.values()]) feed.end();
    },
  };
};
