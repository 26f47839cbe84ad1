/**
 * What a domain file needs to decide: the two answers of a rule, and the proof that no case was
 * forgotten.
 */

/**
 * The rules said yes: these facts follow, each in its stream; `answer` is what the caller hears,
 * now and on a retry.
 */
export type Accepted<Event, Answer> = {
  readonly type: 'accepted';
  readonly changes: readonly StreamChange<Event>[];
  readonly answer: Answer;
};

/** A rule said no. */
export type Rejected<Rejection> = { readonly type: 'rejected'; readonly rejection: Rejection };

/** The decision needs streams that were not named beforehand; it is asked again with them. */
export type Needs = { readonly type: 'needs'; readonly streams: readonly string[] };

export type Decision<Event, Answer, Rejection> =
  | Accepted<Event, Answer>
  | Rejected<Rejection>
  | Needs;

/** Facts of one stream, oldest first. */
export type StreamChange<Event> = {
  readonly stream: string;
  readonly events: readonly Event[];
  /** True for a stream that begins here, under an id nobody else can have: it is not looked up. */
  readonly begins?: boolean;
};

export const accept = <Event, Answer>(
  changes: readonly StreamChange<Event>[],
  answer: Answer,
): Accepted<Event, Answer> => ({ type: 'accepted', changes, answer });

export const reject = <Rejection>(rejection: Rejection): Rejected<Rejection> => ({
  type: 'rejected',
  rejection,
});

export const needs = (streams: readonly string[]): Needs => ({ type: 'needs', streams });

/** Ends a `switch` over a union: a case that nobody handles does not compile. */
export function unreachable(value: never): never {
  throw new Error(`a case that should not exist: ${JSON.stringify(value)}`);
}

/** States what must hold. A breach is a bug, never a refusal. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new BrokenLaw(rule);
}

export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
}
