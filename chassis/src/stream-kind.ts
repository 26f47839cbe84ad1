import type { Instant } from './clock.ts';
import type { DomainEvent } from './commit.ts';

/** When an event was recorded and under which id; for states that show their own history. */
export type Place = {
  readonly at: Instant;
  readonly actor: string;
  /** The event's id, made only for those who ask. */
  id(): string;
};

/**
 * A commit's place among those of all lanes (`Projector.place`), while nobody knows it. Greater
 * than every place: whoever asks what has changed is told of it once more.
 */
export const unplaced = Number.MAX_SAFE_INTEGER;

/**
 * One kind of stream, e.g. all SKUs: how its state begins, follows its facts, is written down and
 * read again. `evolve` may change the state it is given: the lane owns it alone.
 */
export type StreamKind<State, Event extends DomainEvent> = {
  /** The part of the stream's name before the slash, e.g. `sku`. */
  readonly prefix: string;
  initial(id: string): State;
  evolve(state: State, event: Event, place: Place): State;
  /** JSON text of the state. */
  encode(state: State): string;
  decode(text: string): State;
  /**
   * Ids that begin so are asked for before anything has happened to them, nearly always: a lane
   * keeps in mind which of them have rows, so that a new one costs no look.
   */
  readonly mostlyNew?: string;
  /**
   * Of how many of them a lane keeps the states in memory, if of fewer than of other streams: for
   * those that come without end and are seldom looked at again.
   */
  readonly keptMax?: number;
  /** When the stream wants to be woken next, if at all. */
  due?(state: State): Instant | undefined;
};

/** A kind whose types are forgotten, as the lane keeps them side by side. */
// biome-ignore lint/suspicious/noExplicitAny: existential; a stream's prefix picks its kind
export type AnyStreamKind = StreamKind<any, any>;

export const streamName = (kind: { readonly prefix: string }, id: string): string =>
  `${kind.prefix}/${id}`;

/** What follows the prefix. */
export const idOfStream = (stream: string): string => stream.slice(stream.indexOf('/') + 1);

export const prefixOfStream = (stream: string): string => stream.slice(0, stream.indexOf('/'));

/** What a decision may look at: streams as they are after everything decided before it. */
export type View = {
  has(stream: string): boolean;
  /** @throws when the stream was not asked for: a bug */
  get<State, Event extends DomainEvent>(kind: StreamKind<State, Event>, id: string): State;
};
