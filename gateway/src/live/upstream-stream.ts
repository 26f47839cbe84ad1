/** One upstream subscription that survives its connection: it is opened again where it was lost. */
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { LiveClock } from './live-clock.ts';
import { isTransient, LiveRefused, refusal } from './live-errors.ts';
import { parseUpstreamMessage, resumePoint, type UpstreamMessage } from './upstream-message.ts';

export type OpenUpstream = (
  after: string | undefined,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;

export type Upstreamed =
  | {
      readonly type: 'message';
      readonly message: UpstreamMessage;
      readonly result: ExecutionResult;
    }
  /** What follows begins after the last resume point. */
  | { readonly type: 'lost' };

export type UpstreamSource = {
  readonly open: OpenUpstream;
  readonly rootKey: string;
  readonly after: string | undefined;
  readonly clock: LiveClock;
  /** Aborting returns the subscription at once, without waiting for another event. */
  readonly signal: AbortSignal;
};

const firstRetryMs = 100;
const longestRetryMs = 5_000;
const attemptsMax = 10; // in a row, about half a minute

/** Spread out, so that all who lost the same subgraph do not come back at one moment. */
const retryDelayMs = ({ clock }: UpstreamSource, failures: number): number =>
  Math.min(longestRetryMs, firstRetryMs * 2 ** failures) * (0.5 + clock.random() / 2);

const pause = ({ clock, signal }: UpstreamSource, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal.addEventListener('abort', wake);
  });

/** Undefined when another try may help. */
const tryOpen = async (
  open: OpenUpstream,
  after: string | undefined,
): Promise<AsyncIterable<ExecutionResult> | undefined> => {
  let opened: AsyncIterable<ExecutionResult> | ExecutionResult;
  try {
    opened = await open(after);
  } catch {
    return undefined; // The connection failed; the bound on attempts reports it.
  }
  if (Symbol.asyncIterator in opened) return opened;
  const errors = (opened.errors ?? []).map((error) =>
    error instanceof GraphQLError ? error : new GraphQLError(String(error)),
  );
  if (errors.length > 0 && !errors.some(isTransient)) throw new LiveRefused(errors);
  return undefined;
};

/** Reads until the upstream ends, fails or sends what the contract does not have. */
async function* connection(
  source: UpstreamSource,
  opened: AsyncIterable<ExecutionResult>,
): AsyncGenerator<Upstreamed & { readonly type: 'message' }> {
  const iterator = opened[Symbol.asyncIterator]();
  const leave = () => void iterator.return?.().catch(() => undefined);
  source.signal.addEventListener('abort', leave, { once: true });
  try {
    for (;;) {
      const { value: result, done } = await iterator.next();
      if (done === true || source.signal.aborted) return;
      yield { type: 'message', message: parseUpstreamMessage(result, source.rootKey), result };
    }
  } catch {
    return; // Lost, for whatever reason: the same answer as to an end, to open it again.
  } finally {
    source.signal.removeEventListener('abort', leave);
    leave();
  }
}

/** @throws LiveRefused when the subgraph says no, or is away for longer than the bound */
export async function* upstreamStream(source: UpstreamSource): AsyncGenerator<Upstreamed> {
  let after = source.after;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const opened = await tryOpen(source.open, after);
    if (opened !== undefined) {
      for await (const next of connection(source, opened)) {
        yield next;
        after = resumePoint(next.message)?.text ?? after;
        attempt = 0;
      }
    }
    if (source.signal.aborted) return;
    yield { type: 'lost' };
    await pause(source, retryDelayMs(source, attempt));
    if (source.signal.aborted) return;
  }
  throw new LiveRefused([refusal('UNAVAILABLE', 'The live source does not answer.')]);
}
