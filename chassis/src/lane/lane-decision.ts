/**
 * One command decided against the streams in memory, and its facts folded and added to the commit
 * being filled.
 */
import type { Instant } from '../clock.ts';
import type { Entry, Outcome } from '../commit.ts';
import { addEntry, nextEventId } from '../log/open-commit.ts';
import type { OutcomeRow } from '../rows/lane-rows.ts';
import type { LaneCommand } from './lane.ts';
import { currentCommit } from './lane-commits.ts';
import type { LaneParts } from './lane-parts.ts';

export type Decided =
  | { readonly type: 'needs'; readonly streams: readonly string[] }
  | { readonly type: 'decided'; readonly outcome: Outcome; readonly replayed: boolean };

/** What is known of a command when its turn comes. */
export type Turn = {
  readonly at: Instant;
  /** `outcomeId` of the command's record; undefined when it has no key. */
  readonly key: string | undefined;
  /** What was answered under that key before. */
  readonly earlier: OutcomeRow | 'absent';
};

const nothing: Outcome = { accepted: null };
const keyReused: Outcome = { rejected: { type: 'IdempotencyKeyReused' } };

/** @param command undefined for a look, which decides nothing */
export function decideCommand<Command>(
  lane: LaneParts<Command>,
  command: LaneCommand<Command> | undefined,
  { at, key, earlier }: Turn,
): Decided {
  if (!command) return { type: 'decided', outcome: nothing, replayed: false };
  // Before any look at the stock: a retry must hear its first answer even when the last unit has
  // gone.
  if (earlier !== 'absent') {
    const same = earlier.input === command.record.input;
    return { type: 'decided', outcome: same ? earlier.outcome : keyReused, replayed: same };
  }
  const { options, streams } = lane;
  const decision = options.decide(command.command, streams.view, at);
  switch (decision.type) {
    case 'needs':
      return decision;
    case 'rejected': {
      const outcome = { rejected: decision.rejection };
      if (!decision.rejection.notKept) {
        const stream = command.streams[0] ?? '';
        record(lane, command, key, outcome, [{ stream, events: [] }]);
      }
      return { type: 'decided', outcome, replayed: false };
    }
    case 'accepted': {
      const outcome = { accepted: decision.answer };
      for (const { stream, begins } of decision.changes) if (begins) streams.begin(stream);
      // Nothing happened and nothing is to be remembered: there is nothing to write.
      if (decision.changes.length > 0 || command.record.key !== undefined) {
        const changes = decision.changes.length > 0 ? decision.changes : [noChange(command)];
        record(lane, command, key, outcome, changes);
      }
      return { type: 'decided', outcome, replayed: false };
    }
  }
}

const noChange = (command: { readonly streams: readonly string[] }) => ({
  stream: command.streams[0] ?? '',
  events: [],
});

function record<Command>(
  lane: LaneParts<Command>,
  { record: cause }: LaneCommand<Command>,
  key: string | undefined,
  outcome: Outcome,
  changes: readonly { readonly stream: string; readonly events: Entry['events'] }[],
): void {
  const { id, options, streams, outcomes, timers } = lane;
  const commit = currentCommit(lane);
  const place = { at: commit.at, actor: cause.actor, id: () => nextEventId(id, commit) };
  let first = true;
  for (const { stream, events } of changes) {
    for (const event of events) {
      streams.evolve(stream, event, commit.version, place);
      commit.events += 1;
    }
    addEntry(commit, first ? { stream, command: cause, outcome, events } : { stream, events });
    first = false;
    if (events.length === 0) continue;
    options.checkLaw?.(streams.view, stream, events, commit.at);
    timers.set(stream, streams.dueOf(stream));
  }
  commit.commands += 1;
  outcomes.keep(cause, outcome, commit.version, commit.at, key);
}
