/**
 * One client's live operation: it catches up by an upstream of its own, then lives on what is shared.
 *
 * It follows its keys first and buffers, so that nothing falls between the two. What is shared is
 * delivered from the cursor of the catch-up on, and in the order of positions over all its keys: a
 * client that resumes after the last cursor it saw has seen everything before.
 */
import type { GraphQLError } from 'graphql';
import { type Cursor, reaches } from './cursor.ts';
import type { Entry, LiveEvent, Member } from './entry.ts';
import type { Feed } from './feed.ts';
import { type LivePlan, type LiveRequest, planLive } from './live-plan.ts';
import { bodyOf, errorsOf, type Flushing, type LiveRuntime, opener, type Pulsing } from './runtime.ts';
import type { Sink } from './sink.ts';
import { isCaughtUp, resumePoint, type UpstreamMessage } from './upstream-message.ts';
import { upstreamStream } from './upstream-stream.ts';

/** Own messages and, where none may be dropped, shared ones that one client may have waiting. */
export const waitingMax = 256;

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
  #inSeveralBatches = false;
  /** Where the client resumes: everything up to here is on its way to it. */
  #cursor: Cursor | undefined;
  /** Where the catch-up ended: what is shared up to here is known to the client. */
  #floor: Cursor | undefined;
  #own: OwnMessage[] = [];
  readonly #shared = new Map<Entry | LiveEvent, LiveEvent>();

  constructor(runtime: LiveRuntime, feed: Feed, sink: Sink, plan: LivePlan) {
    this.#runtime = runtime;
    this.#feed = feed;
    this.#sink = sink;
    this.#request = plan.request;
    this.#stopPulse = runtime.pulseEachPeriod(this);
    feed.enter(this);
    runtime.stats.subscriptions += 1;
    void this.#join(plan);
  }

  offer(event: LiveEvent): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'live' && !this.#isNew(event)) return;
    const slot = this.#feed.keepsNewest ? event.entry : event;
    if (this.#shared.delete(slot)) this.#runtime.stats.conflated += 1;
    this.#shared.set(slot, event);
    if (this.#shared.size > waitingMax) this.#overflow();
    else this.#runtime.dirty.add(this);
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
    this.#stopPulse();
    this.#runtime.dirty.delete(this);
    this.#runtime.stats.subscriptions -= 1;
    this.#feed.leave(this);
  }

  /** @returns true when nothing waits any more */
  flush(tick: number): boolean {
    for (;;) {
      const own = this.#own[0];
      if (own === undefined) break;
      if (!this.#sink.room()) return false;
      this.#own.shift();
      this.#send(own.body, own.resumeAt);
    }
    if (this.#state !== 'live') return true;

    const ceiling = this.#ceiling(tick);
    const due = [...this.#shared]
      .filter(([, event]) => event.cursor.position <= ceiling)
      .sort(([, one], [, other]) => one.cursor.position - other.cursor.position);
    for (const [slot, event] of due) {
      if (!this.#sink.room()) return false;
      this.#shared.delete(slot);
      this.#cursor = event.cursor;
      this.#send(event.body, event.cursor);
    }
    return this.#shared.size === 0;
  }

  pulse(): void {
    if (this.#state === 'live' && this.#sink.room()) void this.#heartbeat();
  }

  #send(body: string, resumeAt: Cursor | undefined): void {
    this.#runtime.stats.deliveries += 1;
    this.#runtime.touched.add(this.#sink.lane);
    this.#sink.next(body, resumeAt);
  }

  /**
   * Up to which position what waits may be sent. Not beyond what is still being executed or is
   * missing while an upstream recovers; and where keys come over several upstreams, only what has
   * waited for a whole tick, in which the others have told what came before it.
   */
  #ceiling(tick: number): number {
    let ceiling = Number.POSITIVE_INFINITY;
    if (this.#inSeveralBatches) {
      ceiling = Number.NEGATIVE_INFINITY;
      for (const event of this.#shared.values()) {
        if (event.tick <= tick - 2) ceiling = Math.max(ceiling, event.cursor.position);
      }
    }
    for (const { batch, executing } of this.#entries) {
      if (!batch.live) return Number.NEGATIVE_INFINITY;
      if (executing !== undefined) ceiling = Math.min(ceiling, executing.cursor.position - 1);
    }
    return ceiling;
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
      const versions = await this.#catchUp(plan, marks, signal);
      if (signal.aborted) return;
      this.#goLive(versions, batches.size > 1);
    } catch (error) {
      if (!signal.aborted) this.fail(errorsOf(error));
    } finally {
      joining.abort();
    }
  }

  /** @returns the versions that the client has been told, by key */
  async #catchUp(
    plan: LivePlan,
    marks: readonly Cursor[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string | undefined, number>> {
    const versions = new Map<string | undefined, number>();
    const stream = upstreamStream({
      open: opener(this.#runtime, plan, plan.keys),
      rootKey: plan.upstream.rootKey,
      after: this.#cursor?.text ?? plan.after,
      clock: this.#runtime.clock,
      signal,
    });
    let caughtUp = false;
    for await (const next of stream) {
      if (next.type === 'lost') continue;
      const { message, result } = next;
      const body = await bodyOf(this.#runtime, plan, result);
      if (signal.aborted) break;
      this.#tellOwn(message, body, versions);
      caughtUp ||= isCaughtUp(message);
      // A replica that lags behind the shared upstreams is read until it has what they have told.
      const at = this.#cursor;
      if (caughtUp && at !== undefined && marks.every((mark) => reaches(at, mark))) break;
    }
    return versions;
  }

  #tellOwn(message: UpstreamMessage, body: string, versions: Map<string | undefined, number>): void {
    if (message.type === 'reset') versions.clear();
    if (message.type === 'change') versions.set(message.key, message.version);
    if (message.type === 'snapshot') {
      for (const { key, version } of message.versions) versions.set(key, version);
    }
    const resumeAt = resumePoint(message);
    this.#cursor = resumeAt ?? this.#cursor;
    this.#own.push({ body, resumeAt });
    if (this.#own.length > waitingMax) this.#overflow();
    else this.#runtime.dirty.add(this);
  }

  #goLive(versions: ReadonlyMap<string | undefined, number>, inSeveralBatches: boolean): void {
    this.#state = 'live';
    this.#joining = undefined;
    this.#floor = this.#cursor;
    this.#inSeveralBatches = inSeveralBatches;
    for (const entry of this.#entries) {
      entry.followers.set(this, versions.get(entry.key) ?? 0);
    }
    for (const [slot, event] of this.#shared) {
      if (!this.#isNew(event)) this.#shared.delete(slot);
    }
    if (this.#shared.size > 0) this.#runtime.dirty.add(this);
  }

  /** By version where the catch-up told one, for it may have told more than its cursor says. */
  #isNew({ entry, cursor, version }: LiveEvent): boolean {
    const floor = this.#floor;
    if (floor === undefined || cursor.epoch !== floor.epoch) return false;
    const told = entry.followers.get(this) ?? 0;
    return told > 0 ? version > told : cursor.position > floor.position;
  }

  async #heartbeat(): Promise<void> {
    const { cursor, asOfMs } = this.#standing();
    if (cursor === undefined) return;
    const body = await this.#feed.heartbeat(cursor, asOfMs);
    // Meanwhile something may have been sent that is further on, or the client may have gone.
    const overtaken = this.#cursor !== undefined && !reaches(cursor, this.#cursor);
    if (this.#state !== 'live' || overtaken) return;
    this.#cursor = cursor;
    this.#own.push({ body, resumeAt: cursor });
    this.#runtime.dirty.add(this);
  }

  /** Up to where the client has everything: as far as all its upstreams, when nothing waits. */
  #standing(): { readonly cursor: Cursor | undefined; readonly asOfMs: number } {
    const asOfMs = Math.min(
      this.#runtime.clock.now(),
      ...this.#entries.map(({ batch }) => batch.heardAtMs),
    );
    let cursor = this.#cursor;
    if (cursor === undefined || this.#shared.size > 0 || this.#own.length > 0) {
      return { cursor, asOfMs };
    }
    let lowest: Cursor | undefined;
    for (const { batch, executing } of this.#entries) {
      const at = batch.cursor;
      const behind = at === undefined || !batch.live || executing !== undefined;
      if (behind || !reaches(at, cursor)) return { cursor, asOfMs };
      if (lowest === undefined || reaches(lowest, at)) lowest = at;
    }
    cursor = lowest ?? cursor;
    return { cursor, asOfMs };
  }

  #overflow(): void {
    this.end();
    this.#runtime.stats.dropped += 1;
    this.#sink.overflow();
  }

  #unfollow(): void {
    this.#joining?.abort();
    this.#joining = undefined;
    this.#shared.clear();
    this.#feed.unfollow(this, this.#entries);
    this.#entries = [];
  }
}
