/** A client's own way to where the shared stream is: a snapshot, or what changed since. */
import { type Cursor, reaches } from './cursor.ts';
import type { LivePlan } from './live-plan.ts';
import { bodyOf, type LiveRuntime, opener } from './runtime.ts';
import { isCaughtUp, resumePoint, type UpstreamMessage } from './upstream-message.ts';
import { upstreamStream } from './upstream-stream.ts';

export type CatchUpMessage = { readonly message: UpstreamMessage; readonly body: string };

/** The versions that a client has been told, by key; an order's stream has one key, undefined. */
export type ToldVersions = Map<string | undefined, number>;

export const noteVersions = (told: ToldVersions, message: UpstreamMessage): void => {
  if (message.type === 'reset') told.clear();
  if (message.type === 'change') told.set(message.key, message.version);
  if (message.type === 'snapshot') {
    for (const { key, version } of message.versions) told.set(key, version);
  }
};

/**
 * Executes for one client until it has caught up, and then returns its upstream.
 *
 * @param marks how far the shared upstreams were when the client began to follow them: a replica
 *   that lags behind them is read until it has told as much, so that nothing falls between
 */
export async function* catchUp(
  runtime: LiveRuntime,
  plan: LivePlan,
  after: string | undefined,
  marks: readonly Cursor[],
  signal: AbortSignal,
): AsyncGenerator<CatchUpMessage> {
  const { clock } = runtime;
  const open = opener(runtime, plan, plan.keys);
  const { rootKey } = plan.upstream;
  let caughtUp = false;
  for await (const next of upstreamStream({ open, rootKey, after, clock, signal })) {
    if (next.type === 'lost') continue;
    const { message } = next;
    const body = await bodyOf(runtime, plan, next.result);
    if (signal.aborted) return;
    yield { message, body };
    caughtUp ||= isCaughtUp(message);
    const at = resumePoint(message);
    if (caughtUp && at !== undefined && marks.every((mark) => reaches(at, mark))) return;
  }
}
