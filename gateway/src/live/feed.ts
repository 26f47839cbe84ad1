/**
 * Everything that clients with one sharing key have in common: the upstreams of their keys, one
 * execution an event and one body for all.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import { Batch, type BatchOwner } from './batch.ts';
import type { Cursor } from './cursor.ts';
import type { Arrived, Entry, Follower, LiveEvent, Member } from './entry.ts';
import { keysMax, type LivePlan } from './live-plan.ts';
import { bodyOf, errorsOf, type LiveRuntime, type Staging } from './runtime.ts';
import { wireText } from './sink.ts';

/** So far several upstreams may be apart. */
const inStepWithinMs = 20;
const cursorSign = '_holdfast cursor';
const asOfSign = '_holdfast as of';
const cursorPlace = JSON.stringify(cursorSign);
const asOfPlace = JSON.stringify(asOfSign);

/** What an upstream would answer, under the names that the client gave the fields. */
const heartbeatForm = ({ upstream }: LivePlan): ExecutionResult => {
  const values = new Map([
    ['__typename', 'Heartbeat'],
    ['cursor', cursorSign],
    ['asOf', asOfSign],
  ]);
  const fields = [...upstream.heartbeatFields].map(([key, field]) => [key, values.get(field)]);
  return { data: { [upstream.rootKey]: Object.fromEntries(fields) } };
};

const offer = (event: LiveEvent) => {
  for (const follower of event.entry.followers.keys()) follower.offer(event);
};

export class Feed implements BatchOwner, Staging {
  readonly #runtime: LiveRuntime;
  readonly #entries = new Map<string, Entry>();
  readonly #batches = new Set<Batch>();
  /** Executed, and not yet offered. */
  #staged: LiveEvent[] = [];
  readonly #onEmpty: (feed: Feed) => void;
  #heartbeatForm: Promise<string> | undefined;
  readonly #members = new Set<Member>();
  plan: LivePlan;

  constructor(runtime: LiveRuntime, plan: LivePlan, onEmpty: (feed: Feed) => void) {
    this.#runtime = runtime;
    this.plan = plan;
    this.#onEmpty = onEmpty;
    runtime.stats.feeds += 1;
  }

  get keepsNewest(): boolean {
    return this.plan.upstream.policy.keep === 'newest';
  }

  /** One more client. It calls `leave` when it ends. */
  enter(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#runtime.stats.feeds -= 1;
    this.#runtime.staging.delete(this);
    this.#onEmpty(this);
  }

  fail(errors: readonly GraphQLError[]): void {
    for (const member of this.#members) member.fail(errors);
  }

  end(): void {
    for (const member of this.#members) member.end();
  }

  /** From now on every change of the keys is offered; what is not live yet is opened. */
  follow(follower: Follower, keys: readonly string[]): readonly Entry[] {
    const unique = [...new Set(keys)];
    const unknown = unique.filter((key) => !this.#entries.has(key));
    for (let from = 0; from < unknown.length; from += keysMax) {
      this.#openBatch(unknown.slice(from, from + keysMax), follower);
    }
    return unique.flatMap((key) => {
      const entry = this.#entries.get(key);
      if (entry === undefined) return [];
      if (entry.followers.size === 0) entry.batch.followedCount += 1;
      entry.followers.set(follower, 0);
      return [entry];
    });
  }

  unfollow(follower: Follower, entries: readonly Entry[]): void {
    for (const { followers, batch } of entries) {
      if (!followers.delete(follower) || followers.size > 0) continue;
      batch.followedCount -= 1;
      if (batch.followedCount === 0 && this.#batches.has(batch)) batch.close();
    }
  }

  arrive(entry: Entry, arrived: Arrived): Promise<void> {
    if (this.keepsNewest) this.#runtime.stats.conflated += entry.waiting.splice(0).length;
    entry.waiting.push(arrived);
    return entry.executing === undefined ? this.#execute(entry) : Promise.resolve();
  }

  forget(batch: Batch): void {
    this.#batches.delete(batch);
    for (const [key, entry] of batch.entries) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    }
  }

  /** After a reload: the same operation by the new supergraph. Upstreams that fit are kept. */
  replan(plan: LivePlan): void {
    const before = this.plan;
    this.plan = plan;
    this.#heartbeatForm = undefined;
    const fits =
      before.prepared.primary?.serviceName === plan.prepared.primary?.serviceName &&
      before.upstream.query === plan.upstream.query;
    if (!fits) for (const batch of this.#batches) batch.reopen();
    for (const member of this.#members) member.replanned();
  }

  /**
   * A heartbeat of the hub's own. One execution makes the form for all: ten thousand clients stand
   * at thousands of cursors, and cursor and moment are all that differs.
   */
  async heartbeat(cursor: Cursor, asOfMs: number): Promise<string> {
    this.#heartbeatForm ??= bodyOf(this.#runtime, this.plan, heartbeatForm(this.plan));
    const form = await this.#heartbeatForm;
    return form
      .replaceAll(cursorPlace, () => wireText(JSON.stringify(cursor.text)))
      .replaceAll(asOfPlace, () => JSON.stringify(new Date(asOfMs).toISOString()));
  }

  /**
   * Keys come over several upstreams, which do not tell in step. What one has told is kept for a
   * while, in which the others tell what came before it: a client that resumes after the last
   * cursor it saw then misses nothing. One alone tells in order.
   */
  release(nowMs: number): boolean {
    const heldMs = this.#batches.size > 1 ? inStepWithinMs : Number.NEGATIVE_INFINITY;
    let ceiling = Number.NEGATIVE_INFINITY;
    for (const event of this.#staged) {
      if (nowMs - event.cameAtMs > heldMs) ceiling = Math.max(ceiling, event.cursor.position);
    }
    const due = new Map<Entry, LiveEvent>();
    const early: LiveEvent[] = [];
    for (const event of this.#staged) {
      if (event.cursor.position > ceiling) early.push(event);
      else due.set(event.entry, event);
    }
    for (const entry of due.keys()) entry.stagedFrom = undefined;
    for (const { entry, cursor } of early) entry.stagedFrom ??= cursor.position;
    this.#runtime.stats.conflated += this.#staged.length - early.length - due.size;
    this.#staged = early;
    for (const event of due.values()) offer(event);
    return early.length === 0;
  }

  #publish(event: LiveEvent): void {
    if (this.keepsNewest) {
      this.#staged.push(event);
      event.entry.stagedFrom ??= event.cursor.position;
      this.#runtime.staging.add(this);
      this.#runtime.tickSoon();
    } else {
      offer(event); // Its one key has one upstream: nothing can come before.
    }
  }

  #openBatch(keys: readonly string[], follower: Follower): void {
    const batch = new Batch(this.#runtime, this, keys, follower);
    this.#batches.add(batch);
    for (const [key, entry] of batch.entries) this.#entries.set(key, entry);
  }

  /** Executes what waits, one event of a key at a time, so that no version goes back. */
  async #execute(entry: Entry): Promise<void> {
    for (let next = entry.waiting.shift(); next !== undefined; next = entry.waiting.shift()) {
      entry.executing = next;
      const { cursor, version, cameAtMs } = next;
      try {
        const body = await bodyOf(this.#runtime, next.plan, next.result);
        this.#publish({ entry, cursor, version, cameAtMs, body });
      } catch (error) {
        // Leaving the event out would be a gap that nobody sees.
        for (const follower of entry.followers.keys()) follower.fail(errorsOf(error));
      }
      entry.executing = undefined;
    }
  }
}
