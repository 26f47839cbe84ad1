import { appendUntilSettled } from './append-until-settled.ts';
import type { Instant } from './clock.ts';
import type { CommandRecord, LaneId, Outcome } from './commit.ts';
import { foldTail } from './fold-tail.ts';
import {
  defaultBounds,
  type Handled,
  type Lane,
  type LaneCommand,
  type LaneOptions,
  LaneStopped,
  Overloaded,
} from './lane.ts';
import { type Decided, decideCommand } from './lane-decision.ts';
import { laneStreams } from './lane-streams.ts';
import { laneTimers } from './lane-timers.ts';
import { laneWriter } from './lane-writer.ts';
import { closeCommit, type OpenCommit, openCommit, type Settle } from './open-commit.ts';
import { outcomeId, outcomesOf } from './outcomes.ts';
import type { View } from './stream-kind.ts';

const retryAfterMs = 250;

/** A command or a look that waits for its turn, its streams or its answer. */
type Waiting<Command> = {
  readonly command: LaneCommand<Command> | undefined;
  streams: readonly string[];
  readonly show: (view: View, at: Instant, outcome: Outcome) => unknown;
  readonly resolve: (answer: Handled<unknown>) => void;
  readonly reject: (failure: unknown) => void;
};

/**
 * Opens one lane; see `Lane`. There is no second copy of its state: the returned functions share
 * one closure.
 */
export function createLane<Command>(options: LaneOptions<Command>): Lane<Command> {
  const { log, rows, clock, kinds } = options;
  const id: LaneId = { context: options.context, lane: options.lane };
  const bounds = { ...defaultBounds, ...options.bounds };

  let phase: 'starting' | 'open' | 'stopping' | 'stopped' = 'starting';
  let streams = laneStreams(id, rows, kinds, bounds.streamsMax);
  let outcomes = outcomesOf(id, rows, bounds.recentOutcomesMax);
  let durable = { version: 0, hash: '' };
  let lastAt: Instant = 0;
  let filling: OpenCommit | undefined;
  let inFlight: OpenCommit | undefined;
  let queue: Waiting<Command>[] = [];
  let loading = 0;
  let sendAtCommands = 1;
  let sendQueued = false;
  let conflicts = 0;
  let idle: (() => void) | undefined;
  let stopRequested = false;
  // Those who want to see the streams between two commits.
  let atBoundary: Settle[] = [];

  const timers = laneTimers(id, rows, clock, (names) => {
    for (const name of names) {
      // Refused while the lane is full or stopping: the timer wakes the stream again.
      handle(options.timePassed(name), () => undefined).catch((failure: unknown) => {
        if (!(failure instanceof Overloaded || failure instanceof LaneStopped)) fail(failure);
      });
    }
  });
  let writer = newWriter();

  function newWriter() {
    const forStreams = streams;
    return laneWriter({
      lane: id,
      rows,
      clock,
      bounds,
      streams: forStreams,
      outcomes,
      durableVersion: () => durable.version,
      takeBetweenCommits: (take) =>
        new Promise((resolve) => {
          const undone = () => resolve(undefined);
          const durable = () => {
            const taken = take();
            settle({ durable: () => resolve(streams === forStreams ? taken : undefined), undone });
          };
          // In the middle of a commit a stream says less than the version it would be written
          // under.
          if (filling) atBoundary.push({ durable, undone });
          else durable();
        }),
      onFailure: fail,
    });
  }

  function fail(failure: unknown) {
    if (phase === 'stopped') return;
    phase = 'stopped';
    stopParts();
    const waiting = queue;
    queue = [];
    for (const { reject } of waiting) reject(new LaneStopped('the lane has failed'));
    undoUndurable();
    options.onFailure(failure);
  }

  function undoUndurable() {
    const undone = [...(inFlight?.settles ?? []), ...(filling?.settles ?? []), ...atBoundary];
    inFlight = undefined;
    filling = undefined;
    atBoundary = [];
    for (const { undone: tell } of undone) tell();
  }

  function stopParts() {
    timers.stop();
    writer.stop();
  }

  /** Tells once everything decided so far is durable. */
  function settle(waiting: Settle) {
    const last = filling ?? inFlight;
    if (last) last.settles.push(waiting);
    else waiting.durable();
  }

  const isFull = () =>
    filling !== undefined &&
    (filling.commands >= bounds.commitCommandsMax || filling.bytes >= bounds.commitBytesMax);

  /** A lane's time never falls, whatever the machine's clock does; one commit has one time. */
  const time = (): Instant => filling?.at ?? Math.max(clock.now(), lastAt);

  function current(): OpenCommit {
    lastAt = time();
    filling ??= openCommit((inFlight?.version ?? durable.version) + 1, lastAt);
    return filling;
  }

  function admit(waiting: Waiting<Command>) {
    if (phase === 'stopping' || phase === 'stopped')
      waiting.reject(new LaneStopped('the lane has stopped'));
    else if (phase === 'starting' || queue.length > 0 || isFull()) queue.push(waiting);
    else turn(waiting);
  }

  /** One command's or look's turn: decided now, or loaded first. */
  function turn(waiting: Waiting<Command>) {
    const { command } = waiting;
    const at = time();
    const key = command?.record.key === undefined ? undefined : outcomeId(command.record);
    const earlier = key === undefined ? 'absent' : outcomes.find(key, at);
    const missing = streams.missing(waiting.streams);
    if (missing.length > 0 || earlier === 'unknown') {
      void load(waiting, missing, earlier === 'unknown' && key !== undefined ? [key] : []);
      return;
    }
    try {
      const decided = decideCommand(
        { id, options, streams, outcomes, timers, at, key, current },
        command,
        earlier,
      );
      if (decided.type === 'needs') {
        waiting.streams = [...waiting.streams, ...decided.streams];
        void load(waiting, streams.missing(decided.streams), []);
        return;
      }
      answerWhenDurable(waiting, decided);
    } catch (failure) {
      // Half an entry may have been folded: nothing in memory can be trusted any more.
      waiting.reject(failure);
      fail(failure);
      return;
    }
    sendSoon();
  }

  function answerWhenDurable(
    waiting: Waiting<Command>,
    decided: Exclude<Decided, { type: 'needs' }>,
  ) {
    const { outcome, replayed } = decided;
    const last = filling ?? inFlight;
    let answer: Handled<unknown>;
    try {
      const version = last?.version ?? durable.version;
      const shown = waiting.show(streams.view, time(), outcome);
      answer = { outcome, version, replayed, shown };
    } catch (failure) {
      waiting.reject(failure);
      return;
    }
    if (!last) return waiting.resolve(answer);
    last.settles.push({ durable: () => waiting.resolve(answer), undone: () => again(waiting) });
  }

  function again(waiting: Waiting<Command>) {
    if (phase === 'stopped') waiting.reject(new LaneStopped('the lane has stopped'));
    else queue.push(waiting);
  }

  async function load(waiting: Waiting<Command>, names: readonly string[], ids: readonly string[]) {
    loading += 1;
    const known = () => durable.version;
    let loaded: readonly boolean[];
    try {
      loaded = await Promise.all([
        names.length === 0 || streams.load(names, known),
        ids.length === 0 || outcomes.load(ids, known),
      ]);
    } catch (failure) {
      waiting.reject(failure);
      return;
    } finally {
      loading -= 1;
    }
    if (loaded.includes(false)) catchUp(waiting);
    else admit(waiting);
  }

  /**
   * The rows know more than memory does: another owner has gone on. Old and new must not be decided
   * with together.
   */
  function catchUp(waiting: Waiting<Command>) {
    // What is in flight loses its version, or the rows are not newer any more once it is durable.
    if (inFlight || filling) {
      settle({ durable: () => admit(waiting), undone: () => again(waiting) });
      return;
    }
    if (phase !== 'open') return admit(waiting);
    queue.push(waiting);
    void recover().catch(fail);
  }

  /**
   * An idle lane sends when it has half of what was last under way, at the latest when all that
   * just heard their answers have asked again: so deciding one half overlaps with the append of the
   * other.
   */
  function sendSoon() {
    if (inFlight || !filling) return;
    if (filling.commands >= sendAtCommands) return send();
    if (sendQueued) return;
    sendQueued = true;
    queueMicrotask(() => {
      sendQueued = false;
      send();
    });
  }

  function send() {
    if (inFlight || !filling || phase === 'starting' || phase === 'stopped') return;
    const sent = filling;
    inFlight = sent;
    filling = undefined;
    const looks = atBoundary;
    atBoundary = [];
    for (const { durable: look } of looks) look();
    const commit = closeCommit(id, sent, durable, clock.newId());
    appendUntilSettled(log, clock, commit, () => phase === 'stopped').then((ours) => {
      if (phase === 'stopped' && !ours) return;
      if (!ours) return void recover().catch(fail);
      durable = { version: commit.version, hash: commit.hash };
      sendAtCommands = Math.ceil((sent.commands + (filling?.commands ?? 0)) / 2);
      inFlight = undefined;
      for (const { durable: tell } of sent.settles) tell();
      writer.noteCommit();
      drain();
      sendSoon();
      if (!inFlight && !filling) idle?.();
    }, fail);
  }

  function drain() {
    if (queue.length === 0) return;
    let next = 0;
    while (next < queue.length && !isFull() && phase === 'open') turn(queue[next++]!);
    queue = queue.slice(next);
  }

  /**
   * Somebody else has appended: forget what memory says, read what is true, decide again what
   * waits.
   */
  async function recover() {
    conflicts += 1;
    phase = 'starting';
    stopParts();
    const later = queue;
    queue = [];
    undoUndurable();
    queue.push(...later);
    await begin();
  }

  async function begin() {
    streams = laneStreams(id, rows, kinds, bounds.streamsMax);
    outcomes = outcomesOf(id, rows, bounds.recentOutcomesMax);
    const folded = await foldTail({ lane: id, log, rows, streams, outcomes });
    if (phase === 'stopped') return;
    durable = folded.head;
    lastAt = Math.max(lastAt, folded.at);
    writer = newWriter();
    writer.start(folded.checkpoint);
    phase = stopRequested ? 'stopping' : 'open';
    await timers.start();
    for (const name of folded.streams) timers.set(name, streams.dueOf(name));
    outcomes.fillFilter(clock, () => phase === 'stopped').catch(fail);
    drain();
    sendSoon();
    // What was undone may need no second append: who waits for the last one must hear of it here.
    if (!inFlight && !filling) idle?.();
  }

  function refuseWhenFull(record: CommandRecord | undefined) {
    const urgent = record !== undefined && options.isUrgent(record);
    const room = urgent ? bounds.waitingMax : bounds.waitingMax - bounds.waitingUrgent;
    const unwrittenRows = streams.unwrittenCount() + outcomes.unwrittenCount();
    const rowsWait = !urgent && unwrittenRows > bounds.unwrittenRowsMax;
    if (queue.length + loading >= room || rowsWait) throw new Overloaded(retryAfterMs);
  }

  function ask<Shown>(
    command: LaneCommand<Command> | undefined,
    names: readonly string[],
    show: (view: View, at: Instant, outcome: Outcome) => Shown,
  ): Promise<Handled<Shown>> {
    return new Promise((resolve, reject) => {
      refuseWhenFull(command?.record);
      const told = (answer: Handled<unknown>) => resolve(answer as Handled<Shown>);
      admit({ command, streams: names, show, resolve: told, reject });
    });
  }

  function handle<Shown>(
    command: LaneCommand<Command>,
    show: (view: View, at: Instant, outcome: Outcome) => Shown,
  ) {
    return ask(command, command.streams, show);
  }

  return {
    handle,
    read: async (names, show) => (await ask(undefined, names, show)).shown,

    async outcomeOf(record) {
      const key = outcomeId(record);
      if (outcomes.find(key, lastAt) === 'unknown') {
        await outcomes.load([key], () => durable.version);
      }
      const row = outcomes.find(key, lastAt);
      if (typeof row === 'string') return undefined;
      await new Promise<void>((resolve) => settle({ durable: resolve, undone: resolve }));
      return row.outcome;
    },

    durableVersion: () => durable.version,
    start: begin,

    async stop() {
      if (phase === 'stopping' || phase === 'stopped') return;
      phase = 'stopping';
      stopRequested = true;
      if (inFlight || filling) await new Promise<void>((resolve) => (idle = resolve));
      await writer.finish();
      phase = 'stopped';
      stopParts();
      for (const { reject } of queue) reject(new LaneStopped('the lane has stopped'));
      queue = [];
    },

    figures: () => ({
      waiting: queue.length + loading,
      streamsInMemory: streams.count(),
      unwrittenRows: streams.unwrittenCount(),
      durableVersion: durable.version,
      checkpoint: writer.checkpoint(),
      conflicts,
    }),
  };
}
