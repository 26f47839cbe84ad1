/**
 * The commits of one lane that are begun and not finished: they finish in any order, the position
 * moves in theirs.
 */
import type { Head } from '../log/event-log.ts';

export type CommitWindow = {
  /** Everything up to here is finished. */
  finished(): Head;
  /** @returns to be called once when the commit is finished */
  begin(head: Head): () => void;
  /** A promise while as many are begun as may be; it resolves when one is finished. */
  room(): Promise<void> | undefined;
  /** A promise until everything up to `version` is finished. */
  reached(version: number): Promise<void> | undefined;
  /** Fails all that wait for a version, and lets go who waits for room. */
  stop(failure: Error): void;
};

type Begun = { readonly head: Head; finished: boolean };
type Waiting = {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (failure: Error) => void;
};

/** @param moved called when `finished` has grown */
export function commitWindow(from: Head, commitsMax: number, moved: () => void): CommitWindow {
  let finished = from;
  let begun: Begun[] = [];
  let waiting: Waiting[] = [];
  let tellRoom: (() => void) | undefined;

  const advance = () => {
    let count = 0;
    while (begun[count]?.finished) count += 1;
    const last = begun[count - 1];
    if (!last) return;
    finished = last.head;
    begun = begun.slice(count);
    moved();
    tellRoom?.();
    tellRoom = undefined;
    if (waiting.length === 0) return;
    const reached = waiting.filter(({ version }) => version <= finished.version);
    waiting = waiting.filter(({ version }) => version > finished.version);
    for (const { resolve } of reached) resolve();
  };

  return {
    finished: () => finished,
    begin(head) {
      const commit = { head, finished: false };
      begun.push(commit);
      return () => {
        commit.finished = true;
        if (begun[0] === commit) advance();
      };
    },
    room() {
      if (begun.length < commitsMax) return undefined;
      return new Promise((resolve) => {
        tellRoom = resolve;
      });
    },
    reached(version) {
      if (version <= finished.version) return undefined;
      return new Promise((resolve, reject) => {
        waiting.push({ version, resolve, reject });
      });
    },
    stop(failure) {
      const given = waiting;
      waiting = [];
      tellRoom?.();
      for (const { reject } of given) reject(failure);
    },
  };
}
