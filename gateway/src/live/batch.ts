/**
 * One live upstream subscription for up to 200 keys of a feed.
 *
 * A client's new keys go into one batch, so that ten thousand SKUs need hundreds of upstreams and
 * not ten thousand. It is returned when nobody follows any of its keys.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Cursor } from './cursor.ts';
import { type Arrived, type Entry, type Follower, newEntry } from './entry.ts';
import type { LivePlan } from './live-plan.ts';
import { errorsOf, type LiveRuntime, opener } from './runtime.ts';
import type { KeyVersion, UpstreamMessage } from './upstream-message.ts';
import { upstreamStream } from './upstream-stream.ts';

/** Three upstream heartbeats: a connection that is silent for longer is taken for dead. */
export const silenceMaxMs = 45_000;

/** A reason of our own: without one, each abort makes an error with a stack. */
const left = 'left';

export type BatchOwner = {
  readonly plan: LivePlan;
  /** Resolves when the event, and all before it, have been offered. */
  arrive(entry: Entry, arrived: Arrived): Promise<void>;
  /** The batch has ended for good. */
  forget(batch: Batch): void;
};

export class Batch {
  readonly entries: ReadonlyMap<string, Entry>;
  /** The client whose keys it was opened for: it alone is to blame when the subgraph says no. */
  readonly #opener: Follower;
  readonly #runtime: LiveRuntime;
  readonly #owner: BatchOwner;
  readonly #stopPulse: () => void;
  #state: 'opening' | 'live' | 'recovering' = 'opening';
  #established = false;
  #ready = Promise.withResolvers<void>();
  #connection = new AbortController();

  /** Everything up to here has come. Undefined until the first snapshot is complete. */
  cursor: Cursor | undefined;
  /** When something last came. */
  heardAtMs: number;
  followedCount = 0;

  constructor(
    runtime: LiveRuntime,
    owner: BatchOwner,
    keys: readonly string[],
    openedFor: Follower,
  ) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#opener = openedFor;
    this.heardAtMs = runtime.clock.now();
    this.entries = new Map(keys.map((key) => [key, newEntry(key, this)]));
    this.#stopPulse = runtime.pulseEachPeriod(this);
    runtime.stats.upstreams += 1;
    void this.#pump();
  }

  /** False while changes may be missing that clients of several batches must not overtake. */
  get live(): boolean {
    return this.#state === 'live';
  }

  /** Resolves when everything after `cursor` will come; never when the batch ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  pulse(): void {
    const silentMs = this.#runtime.clock.now() - this.heardAtMs;
    if (this.live && silentMs > silenceMaxMs) this.reopen();
  }

  /** Leaves the upstream and opens it again, by the owner's plan of now, where it was. */
  reopen(): void {
    this.#leaveLive('recovering');
    this.#connection.abort(left);
    this.#connection = new AbortController();
    void this.#pump();
  }

  close(): void {
    this.#connection.abort(left);
    this.#stopPulse();
    this.#runtime.stats.upstreams -= 1;
    this.#owner.forget(this);
  }

  async #pump(): Promise<void> {
    const { signal } = this.#connection;
    const { plan } = this.#owner;
    const stream = upstreamStream({
      open: opener(this.#runtime, plan, [...this.entries.keys()]),
      rootKey: plan.upstream.rootKey,
      after: this.cursor?.text,
      clock: this.#runtime.clock,
      signal,
    });
    try {
      for await (const next of stream) {
        if (signal.aborted) return;
        if (next.type === 'lost') {
          this.#lost();
          continue;
        }
        this.heardAtMs = this.#runtime.clock.now();
        const offered = this.#take(next.message, next.result, plan);
        // A stream that may not drop is read only as fast as it can be executed.
        if (plan.upstream.policy.keep === 'every') await offered;
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(errorsOf(error));
    }
  }

  #lost(): void {
    this.#runtime.stats.upstreamLosses += 1;
    if (this.#state === 'live') this.#leaveLive('recovering');
  }

  #leaveLive(state: 'opening' | 'recovering'): void {
    if (this.live) this.#ready = Promise.withResolvers<void>();
    this.#state = this.cursor === undefined ? 'opening' : state;
  }

  #enterLive(): void {
    this.#state = 'live';
    this.#established = true;
    this.#ready.resolve();
  }

  #take(
    message: UpstreamMessage,
    result: ExecutionResult,
    plan: LivePlan,
  ): Promise<void> | undefined {
    switch (message.type) {
      case 'reset':
        this.#startOver();
        return undefined;
      case 'snapshot':
        // Its content is not sent: each client has a catch-up of its own. It says where to begin.
        if (this.#state !== 'opening') this.#startOver();
        for (const each of message.versions) this.#note(each);
        if (!message.complete) return undefined;
        this.cursor = message.cursor;
        this.#enterLive();
        return undefined;
      case 'heartbeat':
        this.cursor = message.cursor;
        this.#enterLive();
        return undefined;
      case 'change':
        return this.#change(message, result, plan);
    }
  }

  #change(
    message: UpstreamMessage & { readonly type: 'change' },
    result: ExecutionResult,
    plan: LivePlan,
  ): Promise<void> | undefined {
    const { cursor, version } = message;
    if (this.cursor !== undefined && this.cursor.epoch !== cursor.epoch) {
      this.reopen(); // The subgraph answers the old epoch with a Reset.
      return undefined;
    }
    this.cursor = cursor;
    const entry = this.#entryOf(message);
    if (entry === undefined || version <= entry.version) return undefined;
    entry.version = version;
    if (entry.followers.size === 0) return undefined;
    const cameAtMs = this.#runtime.clock.monotonicMs();
    return this.#owner.arrive(entry, { cursor, version, cameAtMs, result, plan });
  }

  #note(each: KeyVersion): void {
    const entry = this.#entryOf(each);
    if (entry !== undefined) entry.version = each.version;
  }

  /** An order's feed has one entry, and its messages name none. */
  #entryOf({ key }: KeyVersion): Entry | undefined {
    return key === undefined ? this.entries.values().next().value : this.entries.get(key);
  }

  /** The stream begins anew: what clients have may not join on to what comes. */
  #startOver(): void {
    this.#leaveLive('opening');
    this.#state = 'opening';
    this.cursor = undefined;
    for (const entry of this.entries.values()) {
      entry.version = 0;
      entry.waiting.length = 0;
    }
    for (const follower of this.#followers()) follower.restart();
  }

  #fail(errors: readonly GraphQLError[]): void {
    const followers = this.#followers();
    this.close();
    for (const follower of followers) {
      const innocent = !this.#established && follower !== this.#opener;
      if (innocent) follower.restart();
      else follower.fail(errors);
    }
  }

  #followers(): ReadonlySet<Follower> {
    return new Set([...this.entries.values()].flatMap((entry) => [...entry.followers.keys()]));
  }
}
