/**
 * Everything that clients with one sharing key have in common: the upstreams of their keys, one
 * execution an event and one body for all.
 */
import type { GraphQLError } from 'graphql';
import { Batch, type BatchOwner } from './batch.ts';
import type { Cursor } from './cursor.ts';
import type { Arrived, Entry, Follower, Member } from './entry.ts';
import { keysMax, type LivePlan } from './live-plan.ts';
import { bodyOf, errorsOf, type LiveRuntime } from './runtime.ts';

type HeartbeatBody = { readonly at: string; readonly body: Promise<string> };

export class Feed implements BatchOwner {
  readonly #runtime: LiveRuntime;
  readonly #entries = new Map<string, Entry>();
  readonly #batches = new Set<Batch>();
  readonly #onEmpty: (feed: Feed) => void;
  #heartbeat: HeartbeatBody | undefined;
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

  /** After a reload: the same operation by the new supergraph. Upstreams that still fit are kept. */
  replan(plan: LivePlan): void {
    const before = this.plan;
    this.plan = plan;
    this.#heartbeat = undefined;
    const fits =
      before.prepared.primary?.serviceName === plan.prepared.primary?.serviceName &&
      before.upstream.query === plan.upstream.query;
    if (!fits) for (const batch of this.#batches) batch.reopen();
    for (const member of this.#members) member.replanned();
  }

  /** A heartbeat of the hub's own; clients of one feed that stand at one cursor share it. */
  heartbeat(cursor: Cursor, asOfMs: number): Promise<string> {
    const asOf = new Date(asOfMs).toISOString();
    const at = `${cursor.text} ${asOf}`;
    if (this.#heartbeat?.at === at) return this.#heartbeat.body;
    const values = new Map([
      ['__typename', 'Heartbeat'],
      ['cursor', cursor.text],
      ['asOf', asOf],
    ]);
    const { heartbeatFields, rootKey } = this.plan.upstream;
    const message = Object.fromEntries(
      [...heartbeatFields].map(([key, field]) => [key, values.get(field)]),
    );
    const body = bodyOf(this.#runtime, this.plan, { data: { [rootKey]: message } });
    this.#heartbeat = { at, body };
    return body;
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
      const { cursor, version, tick } = next;
      try {
        const body = await bodyOf(this.#runtime, next.plan, next.result);
        for (const follower of entry.followers.keys()) {
          follower.offer({ entry, cursor, version, tick, body });
        }
      } catch (error) {
        // Leaving the event out would be a gap that nobody sees.
        for (const follower of entry.followers.keys()) follower.fail(errorsOf(error));
      }
      entry.executing = undefined;
    }
  }
}
