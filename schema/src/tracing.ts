/**
 * The port to traces: spans that are begun, handed on as text, and ended. What hands it on is the
 * work itself (a header, a command's record, a commit), never a hidden context, so that a commit
 * may be made for many requests and a projection follow in another process.
 */

export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export type SpanStart = {
  /** Of few values: what differs from one to the next is a fact. */
  readonly name: string;
  /** `server`: its parent comes from outside, and may be anybody's. */
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer';
  /** The `traceparent` of what it is part of; a trace begins here without one. */
  readonly parent?: string | undefined;
  readonly facts?: SpanFacts;
};

export type OpenSpan = {
  /** Names it to what it causes (W3C Trace Context). */
  readonly traceparent: string;
  /** @param failure what ended it, when it has not ended well */
  end(facts?: SpanFacts, failure?: unknown): void;
};

export type Tracing = {
  /** False where nothing is ever recorded: then nobody need prepare anything. */
  readonly on: boolean;
  /** @returns undefined when this trace is not recorded */
  start(span: SpanStart): OpenSpan | undefined;
  /** Sends what was recorded. */
  close(): Promise<void>;
};

export const noTracing: Tracing = {
  on: false,
  start: () => undefined,
  close: async () => {},
};

const recorded = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-01$/;

/** What `text` says, when it is the `traceparent` of a recorded trace and nothing else. */
export const asTraceparent = (text: string | undefined): string | undefined =>
  text !== undefined && recorded.test(text) ? text : undefined;

/** What a person looks a trace up by. */
export const traceIdOf = (traceparent: string): string =>
  recorded.exec(traceparent)?.[1] ?? traceparent;

/** What a command of this request is recorded with: its trace, or else the request's own name. */
export const traceOf = (request: {
  readonly traceId: string;
  readonly trace?: string | undefined;
}): string => asTraceparent(request.trace) ?? request.traceId;

/** For a record that is caused by another: it belongs to the same trace, or the same request. */
export const sameTrace = (trace: string | undefined): { readonly trace?: string } =>
  trace === undefined ? {} : { trace };

/** Runs `work` within a span. @param work is given what it hands on */
export async function traced<Result>(
  tracing: Tracing,
  start: SpanStart,
  work: (traceparent: string | undefined) => Promise<Result>,
): Promise<Result> {
  const span = tracing.start(start);
  if (!span) return await work(undefined);
  try {
    const result = await work(span.traceparent);
    span.end();
    return result;
  } catch (failure) {
    span.end({}, failure);
    throw failure;
  }
}
