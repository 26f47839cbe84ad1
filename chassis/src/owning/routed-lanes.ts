/**
 * Lanes with one owner each, somewhere among the processes of a context: a command goes to the
 * owner, waits while a lane changes hands, and is decided here when nobody can be asked (DESIGN 2).
 */

import { type CommandDoor, UnansweredRequest } from '../asking/command-door.ts';
import { type Clock, pause } from '../clock.ts';
import { BrokenLaw } from '../decider.ts';
import { inTime } from '../in-time.ts';
import { type Lane, LaneStopped, Overloaded, retryAfterMs } from '../lane/lane.ts';
import { type Leases, leaseTtlMs } from '../leases/leases.ts';
import { StoreCorrupt } from '../log/event-log.ts';
import { StoreAway } from '../store-failure.ts';
import {
  decodeQuestion,
  decodeReply,
  encodeQuestion,
  encodeReply,
  type LaneQuestion,
  type LaneReply,
} from './lane-question.ts';
import type { Lanes, Looks } from './lanes.ts';
import { looking, nothingDecided } from './local-lanes.ts';
import type { LanesOptions } from './open-lanes.ts';
import { type OwnedLanes, ownedLanes } from './owned-lanes.ts';

/** For a lane that changes hands: until a dead owner's lease has ended and the next has opened. */
const handoverMs = leaseTtlMs + 1_000;
/** How long the bus may be away before another process is to be asked instead. */
const awayMsMax = 250;
const askAgainMs = 20;
const replyWithinMs = 2_000;
/** Of the 4 s that a gateway waits, so that it can say what became of the command. */
const decideWithinMs = 3_000;

type Where = { readonly leases: Leases; readonly door: CommandDoor };

type Routing<Command> = {
  readonly context: string;
  readonly clock: Clock;
  readonly door: CommandDoor;
  readonly owned: OwnedLanes<Command>;
  /** Of a lane that is open here. @throws LaneStopped, Overloaded */
  readonly answer: AnswerHere<Command>;
  /** The newest durable version that was heard of, by lane. */
  readonly known: number[];
};

type AnswerHere<Command> = (
  number: number,
  lane: Lane<Command>,
  question: LaneQuestion<Command>,
) => Promise<LaneReply>;

export function routedLanes<Command, Known extends Looks>(
  options: LanesOptions<Command, Known>,
  { leases, door }: Where,
): Lanes<Command, Known> {
  const { context, count, clock } = options;
  const answer = answerHere(options);
  const owned = ownedLanes<Command>({
    ...{ ...options, leases },
    serve: (lane, open) => door.serve(lane, (request) => reply(answer, lane.lane, open, request)),
    onFailed: (failure) => {
      // While leases or stores are away, what is open goes on, unsure of itself.
      if (isFatal(failure)) options.onFailure(failure);
    },
  });
  const known = Array.from({ length: count }, () => 0);
  const routing: Routing<Command> = { context, clock, door, owned, answer, known };

  return {
    context,
    count,
    async handle(lane, command, name, subject) {
      const look = String(name);
      const heard = await ask(routing, lane, { type: 'handle', command, look, subject });
      if (heard.type !== 'handled') throw new Error(`an owner answered ${heard.type}`);
      return heard.handled as never;
    },
    async read(lane, streams, name, subject) {
      const look = String(name);
      const heard = await ask(routing, lane, { type: 'read', streams, look, subject });
      if (heard.type !== 'seen') throw new Error(`an owner answered ${heard.type}`);
      return { shown: heard.shown as never, version: heard.version };
    },
    async outcomeOf(lane, record) {
      const heard = await ask(routing, lane, { type: 'outcome', record });
      if (heard.type !== 'outcome') throw new Error(`an owner answered ${heard.type}`);
      return heard.outcome;
    },
    knownVersion: (lane) => Math.max(known[lane] ?? 0, owned.find(lane)?.durableVersion() ?? 0),
    start: owned.start,
    stop: owned.stop,
    figures: () => owned.all().map(([lane, open]) => ({ context, lane, ...open.figures() })),
  };
}

function answerHere<Command, Known extends Looks>(
  options: LanesOptions<Command, Known>,
): AnswerHere<Command> {
  const looks = looking(options);
  return async (number, lane, question) => {
    switch (question.type) {
      case 'handle': {
        const show = looks(number, question.look, question.subject as never);
        return { type: 'handled', handled: await lane.handle(question.command, show) };
      }
      case 'read': {
        const look = looks(number, question.look, question.subject as never);
        const shown = await lane.read(question.streams, (view, at) =>
          look(view, at, nothingDecided),
        );
        return { type: 'seen', shown, version: lane.durableVersion() };
      }
      case 'outcome': {
        const outcome = await lane.outcomeOf(question.record);
        return { type: 'outcome', outcome, version: lane.durableVersion() };
      }
    }
  };
}

/** To another process; a failure is told too, so that it does not wait for it. */
async function reply<Command>(
  answer: AnswerHere<Command>,
  number: number,
  lane: Lane<Command>,
  request: Uint8Array,
): Promise<Uint8Array> {
  try {
    return encodeReply(await answer(number, lane, decodeQuestion(request)));
  } catch (failure) {
    return encodeReply(replyOf(failure));
  }
}

function replyOf(failure: unknown): LaneReply {
  if (failure instanceof Overloaded) {
    const { retryAfterMs: afterMs, mayBeDecided } = failure;
    return { type: 'overloaded', retryAfterMs: afterMs, mayBeDecided };
  }
  if (failure instanceof LaneStopped) return { type: 'not the owner' };
  if (failure instanceof StoreAway) return { type: 'store away' };
  return { type: 'failed', reason: failure instanceof Error ? failure.message : String(failure) };
}

/**
 * @throws Overloaded when the lane is full, has no owner for too long, or does not answer
 * @throws StoreAway when the owner cannot reach its store
 */
async function ask<Command>(
  routing: Routing<Command>,
  number: number,
  question: LaneQuestion<Command>,
): Promise<LaneReply> {
  const { context, clock, known } = routing;
  const askedAt = clock.now();
  // Written once, however often it is asked, and not at all where the lane is open here.
  let written: Uint8Array | undefined;
  const message = () => (written ??= encodeQuestion(question));
  let mayBeDecided = false;
  for (;;) {
    const heard = await askOnce(routing, number, question, message);
    switch (heard.type) {
      case 'overloaded':
        throw new Overloaded(heard.retryAfterMs, mayBeDecided || heard.mayBeDecided);
      case 'store away':
        throw new StoreAway();
      case 'failed':
        throw new Error(`${context}:${number} failed: ${heard.reason}`);
      case 'handled':
        known[number] = Math.max(known[number] ?? 0, heard.handled.version);
        return heard;
      case 'seen':
      case 'outcome':
        known[number] = Math.max(known[number] ?? 0, heard.version);
        return heard;
      case 'not the owner':
      case 'unanswered':
        mayBeDecided ||= question.type === 'handle';
    }
    const waitMs = heard.type === 'away' ? awayMsMax : handoverMs;
    const isOver = heard.type === 'unanswered' && !mayRepeat(question);
    if (isOver || clock.now() >= askedAt + waitMs) {
      throw new Overloaded(retryAfterMs, mayBeDecided, isElsewhere(heard, question));
    }
    await pause(clock, askAgainMs);
  }
}

/**
 * `nobody`: none can be asked just now. `away`: none can be asked from here. `unanswered`: one was,
 * and it may have been decided.
 */
type Heard = LaneReply | { readonly type: 'nobody' | 'away' | 'unanswered' };

/**
 * What only looks is asked again.
 * @throws Overloaded when a store has not answered for longer than a caller waits
 */
async function answerInTime<Command>(
  { answer, clock }: Routing<Command>,
  number: number,
  here: Lane<Command>,
  question: LaneQuestion<Command>,
): Promise<Heard> {
  const isCommand = question.type === 'handle';
  const answered = answer(number, here, question);
  const heard = await inTime(clock, isCommand ? decideWithinMs : replyWithinMs, answered);
  if (heard !== 'late') return heard;
  if (isCommand) throw new Overloaded(retryAfterMs, true);
  return { type: 'unanswered' };
}

async function askOnce<Command>(
  routing: Routing<Command>,
  number: number,
  question: LaneQuestion<Command>,
  message: () => Uint8Array,
): Promise<Heard> {
  const { context, door, owned } = routing;
  try {
    const here = owned.find(number);
    if (here) return await answerInTime(routing, number, here, question);
    const lane = { context, lane: number };
    const heard = await door.ask(lane, message(), replyWithinMs);
    if (heard instanceof Uint8Array) return decodeReply(heard);
    // Whoever begins to open it here is worth waiting for.
    const opens = owned.openAnyway(number);
    return { type: opens ? 'nobody' : heard };
  } catch (failure) {
    if (failure instanceof UnansweredRequest) return { type: 'unanswered' };
    // As another process would be told: who was asked before may have decided all the same.
    if (failure instanceof LaneStopped || failure instanceof Overloaded) return replyOf(failure);
    throw failure;
  }
}

/** A damaged store or a bug; a server that is away is neither. */
const isFatal = (failure: unknown): boolean =>
  failure instanceof StoreCorrupt || failure instanceof BrokenLaw;

/** Nobody has said that the lane has no owner: only that it was not heard from here. */
const isElsewhere = <Command>({ type }: Heard, question: LaneQuestion<Command>): boolean =>
  (type === 'away' || type === 'unanswered') && mayRepeat(question);

/** The same question may be asked again only where a repeat finds its first answer. */
const mayRepeat = <Command>(question: LaneQuestion<Command>): boolean =>
  question.type !== 'handle' || question.command.record.key !== undefined;
