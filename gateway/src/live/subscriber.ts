/**
 * One client's live operation: it catches up by an upstream of its own, then lives on what is
 * shared.
 *
 * It follows its keys first and buffers, so that nothing falls between the two. What is shared is
 * delivered from the cursor of the catch-up on, and in the order of positions over all its keys: a
 * client that resumes after the last cursor it saw has seen everything before.
 */
import type { GraphQLError } from 'graphql';
import { catchUp, noteVersions, type ToldVersions } from './catch-up.ts';
import type { Cursor } from './cursor.ts';
import type { Entry, LiveEvent, Member } from './entry.ts';
import type { Feed } from './feed.ts';
import { type LivePlan, type LiveRequest, planLive } from './live-plan.ts';
import { errorsOf, type Flushing, type LiveRuntime, type Pulsing } from './runtime.ts';
import { SharedQueue } from './shared-queue.ts';
import type { Sink } from './sink.ts';
import { heardAtMs, standingOf } from './standing.ts';
import { resumePoint } from './upstream-message.ts';

/** Shared messages that one client may have waiting where none may be dropped (DESIGN 7). */
export const waitingMax = 256;
/** Messages of its own catch-up that may wait for a client. */
const ownMax = 64;

/** A reason of our own: without one, each abort makes an error with a stack. */
const joined = 'joined';

type OwnMessage = { readonly body: string; readonly resumeAt: Cursor | undefined };

export class Subscriber implements Member, Flushing, Pulsing {
  readonly #runtime: LiveRuntime;
  readonly #feed: Feed;
  readonly #sink: Sink;
  readonly #request: LiveRequest;
  readonly #stopPulse: () => void;
  #state: 'joining' | 'live' | 'ended' = 'joining';
  #joining: AbortController | undefined;
  #entries: readonly Entry[] = [];
  /** Where the client resumes: everything up to here is on its way to it. */
  #cursor: Cursor | undefined;
  /** Where the catch-up ended: what is shared up to here is known to the client. */
  #floor: Cursor | undefined;
  #own: OwnMessage[] = [];
  /** Resolves when nothing of its own waits any more, or it has ended; set while awaited. */
  #ownSent: PromiseWithResolvers<void> | undefined;
  readonly #shared: SharedQueue;

  constructor(runtime: LiveRuntime, feed: Feed, sink: Sink, plan: LivePlan) {
    this.#runtime = runtime;
    this.#feed = feed;
    this.#sink = sink;
    this.#request = plan.request;
    this.#shared = new SharedQueue(feed.keepsNewest);
    this.#stopPulse = runtime.pulseEachPeriod(this);
    feed.enter(this);
    runtime.stats.subscriptions += 1;
    void this.#join(plan);
  }

  offer(event: LiveEvent): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'live' && !this.#isNew(event)) return;
    if (this.#shared.put(event)) this.#runtime.stats.conflated += 1;
    this.#wait();
    if (this.#shared.size <= waitingMax) return;
    // A burst within one tick says nothing of the client: it may have room.
    this.flush();
    this.#sink.lane.flush();
    if (this.#shared.size > waitingMax) this.#overflow();
  }

  restart(): void {
    if (this.#state === 'ended') return;
    this.#unfollow();
    this.#state = 'joining';
    try {
      void this.#join(planLive(this.#runtime.federation, this.#request));
    } catch (error) {
      this.fail(errorsOf(error));
    }
  }

  /** After a reload a catch-up by the old plan is begun again; what is live goes on. */
  replanned(): void {
    if (this.#state === 'joining') this.restart();
  }

  fail(errors: readonly GraphQLError[]): void {
    if (this.#state === 'ended') return;
    this.end();
    this.#sink.fail(errors);
  }

  /** The client has left, or is to be left. */
  end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#unfollow();
    this.#own = [];
    this.#ownSent?.resolve();
    this.#stopPulse();
    this.#runtime.dirty.delete(this);
    this.#runtime.stats.subscriptions -= 1;
    this.#feed.leave(this);
  }

  /** @returns true when nothing waits any more */
  flush(): boolean {
    for (;;) {
      const own = this.#own[0];
      if (own === undefined) break;
      if (!this.#sink.room()) return false;
      this.#own.shift();
      this.#send(own.body, own.resumeAt);
    }
    this.#ownSent?.resolve();
    if (this.#state !== 'live') return true;

    for (const event of this.#shared.due(this.#entries)) {
      if (!this.#sink.room()) return false;
      this.#shared.remove(event);
      this.#cursor = event.cursor;
      this.#send(event.body, event.cursor);
    }
    return this.#shared.size === 0;
  }

  pulse(): void {
    if (this.#state === 'live' && this.#sink.room()) void this.#heartbeat();
  }

  /** For the next tick. */
  #wait(): void {
    this.#runtime.dirty.add(this);
    this.#runtime.tickSoon();
  }

  #send(body: string, resumeAt: Cursor | undefined): void {
    this.#runtime.stats.deliveries += 1;
    this.#runtime.touched.add(this.#sink.lane);
    this.#sink.next(body, resumeAt);
  }

  async #join(plan: LivePlan): Promise<void> {
    const joining = new AbortController();
    this.#joining = joining;
    const { signal } = joining;
    try {
      this.#entries = this.#feed.follow(this, plan.keys);
      const batches = new Set(this.#entries.map((entry) => entry.batch));
      await Promise.all([...batches].map((batch) => batch.ready));
      if (signal.aborted) return;
      const marks = [...batches].flatMap((batch) => batch.cursor ?? []);
      const told: ToldVersions = new Map();
      const after = this.#cursor?.text ?? plan.after;
      for await (const next of catchUp(this.#runtime, plan, after, marks, signal)) {
        noteVersions(told, next.message);
        this.#tellOwn(next.body, resumePoint(next.message));
        // A long history is read only as fast as the client takes it.
        if (this.#own.length >= ownMax) await this.#untilOwnSent();
        if (signal.aborted) return;
      }
      if (!signal.aborted) this.#goLive(told);
    } catch (error) {
      if (!signal.aborted) this.fail(errorsOf(error));
    } finally {
      joining.abort(joined);
    }
  }

  #untilOwnSent(): Promise<void> {
    this.#ownSent = Promise.withResolvers();
    return this.#ownSent.promise;
  }

  #tellOwn(body: string, resumeAt: Cursor | undefined): void {
    this.#cursor = resumeAt ?? this.#cursor;
    this.#own.push({ body, resumeAt });
    this.#wait();
  }

  #goLive(told: ToldVersions): void {
    this.#state = 'live';
    this.#joining = undefined;
    this.#floor = this.#cursor;
    for (const entry of this.#entries) {
      entry.followers.set(this, told.get(entry.key) ?? 0);
    }
    this.#shared.keepOnly((event) => this.#isNew(event));
    if (this.#shared.size > 0) this.#wait();
  }

  /** By version where the catch-up told one, for it may have told more than its cursor says. */
  #isNew({ entry, cursor, version }: LiveEvent): boolean {
    const floor = this.#floor;
    if (floor === undefined || cursor.epoch !== floor.epoch) return false;
    const told = entry.followers.get(this) ?? 0;
    return told > 0 ? version > told : cursor.position > floor.position;
  }

  async #heartbeat(): Promise<void> {
    const before = this.#cursor;
    if (before === undefined) return;
    const quiet = this.#shared.size === 0 && this.#own.length === 0;
    const cursor = quiet ? standingOf(before, this.#entries) : before;
    const asOfMs = heardAtMs(this.#entries, this.#runtime.clock.now());
    const body = await this.#feed.heartbeat(cursor, asOfMs);
    // What was sent meanwhile is further on; it was sign of life enough.
    if (this.#state === 'live' && this.#cursor === before) this.#tellOwn(body, cursor);
  }

  #overflow(): void {
    if (this.#state === 'ended') return;
    this.end();
    this.#runtime.stats.dropped += 1;
    this.#sink.overflow();
  }

  #unfollow(): void {
    this.#joining?.abort(joined);
    this.#joining = undefined;
    this.#shared.clear();
    this.#feed.unfollow(this, this.#entries);
    this.#entries = [];
  }
}
