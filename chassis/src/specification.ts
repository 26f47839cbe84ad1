/**
 * Given these facts, when this is asked, then that follows: deciders specified in the words of the
 * trade (STYLE 8).
 */
import { deepStrictEqual } from 'node:assert/strict';
import type { Instant } from './clock.ts';
import type { DomainEvent } from './commit.ts';
import type { Decision, StreamChange } from './decider.ts';
import {
  type AnyStreamKind,
  idOfStream,
  type Place,
  prefixOfStream,
  streamName,
  type View,
} from './stream-kind.ts';

export type SpecifyOptions<Command, Event, Answer, Rejection> = {
  readonly kinds: readonly AnyStreamKind[];
  readonly decide: (
    command: Command,
    view: View,
    at: Instant,
  ) => Decision<Event, Answer, Rejection>;
  readonly at: Instant;
};

export type Then<Event, Answer, Rejection> = {
  /** Exactly these facts, and this answer when one is given. */
  then(changes: readonly StreamChange<Event>[], answer?: Answer): void;
  thenRejected(rejection: Rejection): void;
  /** Accepted, and nothing happened. */
  thenNothing(): void;
  /** For what a whole list would hide. */
  thenDecision(look: (decision: Decision<Event, Answer, Rejection>) => void): void;
};

export type Given<Command, Event, Answer, Rejection> = {
  when(command: Command): Then<Event, Answer, Rejection>;
};

export type Specification<Command, Event, Answer, Rejection> = {
  given(
    ...changes: readonly { readonly stream: string; readonly event: Event }[]
  ): Given<Command, Event, Answer, Rejection>;
  when(command: Command): Then<Event, Answer, Rejection>;
};

/** Streams as the facts leave them; every stream can be looked at, as if it had been asked for. */
function viewAfter(
  kinds: readonly AnyStreamKind[],
  changes: readonly { readonly stream: string; readonly event: DomainEvent }[],
  at: Instant,
): View {
  const states = new Map<string, unknown>();
  changes.forEach(({ stream, event }, index) => {
    const kind = kinds.find(({ prefix }) => prefix === prefixOfStream(stream));
    if (!kind) throw new Error(`no kind of stream for ${stream}`);
    const state = states.has(stream) ? states.get(stream) : kind.initial(idOfStream(stream));
    const place: Place = { at, actor: 'given', id: () => `given:0:1:${index}` };
    states.set(stream, kind.evolve(state, event, place));
  });
  return {
    has: () => true,
    get(kind, id) {
      const stream = streamName(kind, id);
      if (!states.has(stream)) states.set(stream, kind.initial(id));
      return states.get(stream) as ReturnType<typeof kind.initial>;
    },
  };
}

/** `begins` is a hint to the lane, not a fact. */
const facts = <Event>(changes: readonly StreamChange<Event>[]) =>
  changes.map(({ stream, events }) => ({ stream, events }));

export function specify<Command, Event extends DomainEvent, Answer, Rejection>(
  options: SpecifyOptions<Command, Event, Answer, Rejection>,
): Specification<Command, Event, Answer, Rejection> {
  const { kinds, decide, at } = options;

  const given: Specification<Command, Event, Answer, Rejection>['given'] = (...changes) => ({
    when(command) {
      const decision = decide(command, viewAfter(kinds, changes, at), at);
      return {
        // biome-ignore lint/suspicious/noThenProperty: given, when, then; it is never awaited
        then(expected, ...answer) {
          const seen =
            decision.type === 'accepted'
              ? { ...decision, changes: facts(decision.changes) }
              : decision;
          const wanted = { type: 'accepted', changes: facts(expected) };
          const kept = decision.type === 'accepted' ? { answer: decision.answer } : {};
          deepStrictEqual(seen, {
            ...wanted,
            ...(answer.length > 0 ? { answer: answer[0] } : kept),
          });
        },
        thenRejected(rejection) {
          deepStrictEqual(decision, { type: 'rejected', rejection });
        },
        thenNothing() {
          deepStrictEqual(decision.type === 'accepted' ? facts(decision.changes) : decision, []);
        },
        thenDecision(look) {
          look(decision);
        },
      };
    },
  });

  return { given, when: (command) => given().when(command) };
}
