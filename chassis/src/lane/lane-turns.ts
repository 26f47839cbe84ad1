/** A command's or a look's way through the lane: its turn, its streams, its answer. */
import type { CommandRecord, Outcome } from '../commit.ts';
import { StoreAway } from '../store-failure.ts';
import { confirm, confirmByLook } from './head-looks.ts';
import { type Handled, LaneStopped, Overloaded, retryAfterMs } from './lane.ts';
import { isFull, laneTime, sendSoon, whenDurable } from './lane-commits.ts';
import { type Decided, decideCommand } from './lane-decision.ts';
import { isSure, type LaneParts, newest, type Waiting } from './lane-parts.ts';
import { outcomeId } from './outcomes.ts';

/** @throws Overloaded */
export function refuseWhenFull<Command>(
  lane: LaneParts<Command>,
  record: CommandRecord | undefined,
): void {
  const { options, bounds, streams, outcomes } = lane;
  const urgent = record !== undefined && options.isUrgent(record);
  const room = urgent ? bounds.waitingMax : bounds.waitingMax - bounds.waitingUrgent;
  const unwrittenRows = streams.unwrittenCount() + outcomes.unwrittenCount();
  const rowsWait = !urgent && unwrittenRows > bounds.unwrittenRowsMax;
  if (isAside(lane) || countWaiting(lane) >= room || rowsWait) throw new Overloaded(retryAfterMs);
}

/** Others are to be asked, or this process later. */
const isAside = <Command>({ isLate, strife, contender }: LaneParts<Command>): boolean =>
  isLate || strife.standsAside(contender);

export const countWaiting = <Command>({ queue, loading, looks }: LaneParts<Command>): number =>
  queue.length + loading + looks.asked.length + looks.waiting.length;

export function admit<Command>(lane: LaneParts<Command>, waiting: Waiting<Command>): void {
  const { phase, queue } = lane;
  if (phase === 'stopping' || phase === 'stopped')
    waiting.reject(new LaneStopped('the lane has stopped'));
  else if (isAside(lane)) waiting.reject(new Overloaded(retryAfterMs));
  else if (phase === 'starting' || queue.length > 0 || isFull(lane)) queue.push(waiting);
  else turn(lane, waiting);
}

export function drain<Command>(lane: LaneParts<Command>): void {
  const { queue } = lane;
  if (queue.length === 0) return;
  let next = 0;
  while (next < queue.length && !isFull(lane) && lane.phase === 'open') turn(lane, queue[next++]!);
  if (queue === lane.queue) lane.queue = queue.slice(next);
}

/** Decided now, or loaded first. */
function turn<Command>(lane: LaneParts<Command>, waiting: Waiting<Command>): void {
  const { streams, outcomes } = lane;
  const { command } = waiting;
  const at = laneTime(lane);
  const key = command?.record.key === undefined ? undefined : outcomeId(command.record);
  const earlier = key === undefined ? 'absent' : outcomes.find(key, at);
  const missing = streams.missing(waiting.streams);
  if (missing.length > 0 || earlier === 'unknown') {
    void load(lane, waiting, missing, earlier === 'unknown' && key !== undefined ? [key] : []);
    return;
  }
  try {
    const decided = decideCommand(lane, command, { at, key, earlier });
    if (decided.type === 'needs') {
      waiting.streams = [...waiting.streams, ...decided.streams];
      void load(lane, waiting, streams.missing(decided.streams), []);
      return;
    }
    answerWhenDurable(lane, waiting, decided);
  } catch (failure) {
    // Half an entry may have been folded: nothing in memory can be trusted any more.
    waiting.reject(failure);
    lane.fail(failure);
    return;
  }
  sendSoon(lane);
}

function answerWhenDurable<Command>(
  lane: LaneParts<Command>,
  waiting: Waiting<Command>,
  { outcome, replayed }: Exclude<Decided, { type: 'needs' }>,
): void {
  const { commits } = lane;
  const last = newest(commits);
  let answer: Handled<unknown>;
  try {
    const version = last?.version ?? commits.durable.version;
    const shown = waiting.show(lane.streams.view, laneTime(lane), outcome);
    answer = { outcome, version, replayed, shown };
  } catch (failure) {
    waiting.reject(failure);
    return;
  }
  const undone = () => again(lane, waiting);
  const durable = () => waiting.resolve(answer);
  // An append that is still to be sent proves that memory was right; one in flight may have been
  // overtaken already.
  const proof = commits.filling ? undefined : proofFor(lane, waiting);
  if (proof) {
    whenDurable(lane, { durable: () => proof(lane, { durable, undone }), undone });
    return;
  }
  if (last) last.settles.push({ durable, undone });
  else durable();
}

/** What must come before an answer that no append proves. */
function proofFor<Command>(lane: LaneParts<Command>, { command }: Waiting<Command>) {
  if (!isSure(lane)) return confirm;
  // Somebody may have gone on without a lease; readers rely on it that nobody has.
  if (command && lane.options.lease) return confirmByLook;
  return undefined;
}

function again<Command>(lane: LaneParts<Command>, waiting: Waiting<Command>): void {
  if (lane.phase === 'stopped') waiting.reject(new LaneStopped('the lane has stopped'));
  else lane.queue.push(waiting);
}

async function load<Command>(
  lane: LaneParts<Command>,
  waiting: Waiting<Command>,
  names: readonly string[],
  ids: readonly string[],
): Promise<void> {
  const { streams, outcomes, commits } = lane;
  lane.loading += 1;
  const known = () => commits.durable.version;
  let loaded: readonly boolean[];
  try {
    loaded = await Promise.all([
      names.length === 0 || streams.load(names, known),
      ids.length === 0 || outcomes.load(ids, known),
    ]);
  } catch (failure) {
    waiting.reject(orOverloaded(failure));
    return;
  } finally {
    lane.loading -= 1;
  }
  if (loaded.includes(false)) catchUp(lane, waiting);
  else admit(lane, waiting);
}

/**
 * The rows know more than memory does: another owner has gone on. Old and new must not be decided
 * with together.
 */
function catchUp<Command>(lane: LaneParts<Command>, waiting: Waiting<Command>): void {
  // What is in flight loses its version, or the rows are not newer any more once it is durable.
  if (newest(lane.commits)) {
    whenDurable(lane, {
      durable: () => admit(lane, waiting),
      undone: () => again(lane, waiting),
    });
    return;
  }
  if (lane.phase !== 'open') return admit(lane, waiting);
  lane.queue.push(waiting);
  lane.recover();
}

/** While the store is away nothing can be decided, and no key is spent. */
const orOverloaded = (failure: unknown): unknown =>
  failure instanceof StoreAway ? new Overloaded(failure.retryAfterMs) : failure;

/** The outcome kept for a record's key, once it is durable. @throws Overloaded */
export async function outcomeOf<Command>(
  lane: LaneParts<Command>,
  record: CommandRecord,
): Promise<Outcome | undefined> {
  const { outcomes, commits } = lane;
  const key = outcomeId(record);
  if (outcomes.find(key, commits.lastAt) === 'unknown') {
    const loaded = outcomes.load([key], () => commits.durable.version);
    await loaded.catch((failure: unknown) => {
      throw orOverloaded(failure);
    });
  }
  const row = outcomes.find(key, commits.lastAt);
  if (typeof row === 'string') return undefined;
  return new Promise((resolve) => {
    whenDurable(lane, { durable: () => resolve(row.outcome), undone: () => resolve(undefined) });
  });
}
