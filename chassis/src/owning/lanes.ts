/**
 * All lanes of one context as any of its processes asks them, wherever their owners are: here, in
 * another process, or nobody just now. What is looked at is named and not a function, so that the
 * question can go to another process.
 */
import type { OwnedLanes } from '@holdfast/schema/subgraph';
import type { Instant } from '../clock.ts';
import type { CommandRecord, LaneId, Outcome } from '../commit.ts';
import type { Handled, LaneCommand, LaneFigures } from '../lane/lane.ts';
import type { View } from '../stream-kind.ts';

/**
 * A named look at streams, run by the owner right after a decision or between two. What it shows
 * must be plain: it may cross to another process (no functions, no classes; Map and Set are fine).
 */
// biome-ignore lint/suspicious/noExplicitAny: existential; each look has its own subject and result
export type Look = (view: View, at: Instant, outcome: Outcome, subject: any) => unknown;

/** The looks of a context by name. */
export type Looks = Readonly<Record<string, Look>>;

type SubjectOf<L extends Look> = Parameters<L>[3];

/** What a read shows, and the version of its lane that it includes. */
export type Seen<Shown> = { readonly shown: Shown; readonly version: number };

export type Lanes<Command, Known extends Looks> = {
  readonly context: string;
  /** Fixed when the store was made. */
  readonly count: number;
  /** `Lane.handle` of that lane. @throws Overloaded, also when it changes hands for too long */
  handle<Name extends keyof Known>(
    lane: number,
    command: LaneCommand<Command>,
    look: Name,
    subject: SubjectOf<Known[Name]>,
  ): Promise<Handled<ReturnType<Known[Name]>>>;
  /** `Lane.read` of that lane: durable, and of the owner. @throws Overloaded */
  read<Name extends keyof Known>(
    lane: number,
    streams: readonly string[],
    look: Name,
    subject: SubjectOf<Known[Name]>,
  ): Promise<Seen<ReturnType<Known[Name]>>>;
  /** The outcome kept for a record's key in that lane, if any; shows only what is durable. */
  outcomeOf(lane: number, record: CommandRecord): Promise<Outcome | undefined>;
  /**
   * The newest version of a lane that this process knows to be durable, its own answers included; a
   * reader waits until its projection has come so far.
   */
  knownVersion(lane: number): number;
  start(): Promise<void>;
  /** Finishes what was decided; refuses the rest. */
  stop(): Promise<void>;
  /** Of the lanes owned here. */
  figures(): readonly (LaneId & LaneFigures)[];
};

/** What a gateway is told of them. */
export const ownedLanes = (lanes: Pick<Lanes<never, Looks>, 'count' | 'figures'>): OwnedLanes => ({
  count: lanes.count,
  owned: lanes.figures().map(({ lane }) => lane),
});

/** The lanes of a context, as logs name them. */
export const lanesOf = (context: string, count: number): readonly LaneId[] =>
  Array.from({ length: count }, (_, lane) => ({ context, lane }));
