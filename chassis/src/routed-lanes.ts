/**
 * Lanes with one owner each, somewhere among the processes of a context: a command goes to the
 * owner, waits while a lane changes hands, and is decided here when nobody can be asked (DESIGN 2).
 */
import { pause } from './clock.ts';
import { type CommandDoor, UnansweredRequest } from './command-door.ts';
import { type Lane, LaneStopped, Overloaded } from './lane.ts';
import {
  decodeQuestion,
  decodeReply,
  encodeQuestion,
  encodeReply,
  type LaneQuestion,
  type LaneReply,
} from './lane-question.ts';
import type { Lanes, Looks } from './lanes.ts';
import type { Leases } from './leases.ts';
import { looking, nothingDecided } from './local-lanes.ts';
import type { LanesOptions } from './open-lanes.ts';
import { ownedLanes } from './owned-lanes.ts';

/** How long a command waits for a lane that changes hands. */
const handoverMs = 2_000;
const askAgainMs = 20;
const replyWithinMs = 2_000;
const retryAfterMs = 250;

type Where = { readonly leases: Leases; readonly door: CommandDoor };

export function routedLanes<Command, Known extends Looks>(
  options: LanesOptions<Command, Known>,
  { leases, door }: Where,
): Lanes<Command, Known> {
  const { context, count, clock } = options;
  const looks = looking(options);
  const known = Array.from({ length: count }, () => 0);
  const noteVersion = (number: number, version: number) => {
    known[number] = Math.max(known[number] ?? 0, version);
  };

  /** @throws LaneStopped, Overloaded */
  const askLane = async (
    number: number,
    lane: Lane<Command>,
    question: LaneQuestion<Command>,
  ): Promise<LaneReply> => {
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

  const owned = ownedLanes<Command>({
    ...{ context, count, leases, clock, onFailure: options.onFailure },
    ...{ open: options.open, companyOf: options.companyOf },
    ...(options.beforeOpen && { beforeOpen: options.beforeOpen }),
    serve: (lane, open) =>
      door.serve(lane, async (request) => {
        try {
          return encodeReply(await askLane(lane.lane, open, decodeQuestion(request)));
        } catch (failure) {
          return encodeReply(replyOf(failure));
        }
      }),
  });

  /** Undefined when nobody can be asked just now. */
  const askOnce = async (
    number: number,
    question: LaneQuestion<Command>,
  ): Promise<LaneReply | undefined> => {
    const here = owned.find(number);
    if (here) {
      try {
        return await askLane(number, here, question);
      } catch (failure) {
        if (failure instanceof LaneStopped) return undefined;
        throw failure;
      }
    }
    const reply = await door.ask(
      { context, lane: number },
      encodeQuestion(question),
      replyWithinMs,
    );
    if (reply !== 'nobody') return decodeReply(reply);
    const anyway = await owned.openAnyway(number);
    return anyway ? askLane(number, anyway, question) : undefined;
  };

  /** @throws Overloaded when the lane is full, or has no owner for too long */
  const ask = async (number: number, question: LaneQuestion<Command>): Promise<LaneReply> => {
    const until = clock.now() + handoverMs;
    for (;;) {
      const reply = await askOnce(number, question).catch((failure: unknown) => {
        // The same question may be asked again only where a repeat finds its first answer.
        if (failure instanceof UnansweredRequest && mayRepeat(question)) return undefined;
        throw failure;
      });
      if (reply?.type === 'overloaded') throw new Overloaded(reply.retryAfterMs);
      if (reply?.type === 'failed') throw new Error(`${context}:${number} failed: ${reply.reason}`);
      if (reply && reply.type !== 'not the owner') return noted(number, reply);
      if (clock.now() >= until) throw new Overloaded(retryAfterMs);
      await pause(clock, askAgainMs);
    }
  };

  const noted = (number: number, reply: LaneReply): LaneReply => {
    if (reply.type === 'handled') noteVersion(number, reply.handled.version);
    if (reply.type === 'seen' || reply.type === 'outcome') noteVersion(number, reply.version);
    return reply;
  };

  return {
    context,
    count,
    async handle(lane, command, look, subject) {
      const reply = await ask(lane, { type: 'handle', command, look: String(look), subject });
      if (reply.type !== 'handled') throw new Error(`an owner answered ${reply.type}`);
      return reply.handled as never;
    },
    async read(lane, streams, look, subject) {
      const reply = await ask(lane, { type: 'read', streams, look: String(look), subject });
      if (reply.type !== 'seen') throw new Error(`an owner answered ${reply.type}`);
      return { shown: reply.shown as never, version: reply.version };
    },
    async outcomeOf(lane, record) {
      const reply = await ask(lane, { type: 'outcome', record });
      if (reply.type !== 'outcome') throw new Error(`an owner answered ${reply.type}`);
      return reply.outcome;
    },
    knownVersion: (lane) => Math.max(known[lane] ?? 0, owned.find(lane)?.durableVersion() ?? 0),
    start: owned.start,
    stop: owned.stop,
    figures: () => owned.all().map(([lane, open]) => ({ context, lane, ...open.figures() })),
  };
}

const mayRepeat = <Command>(question: LaneQuestion<Command>): boolean =>
  question.type !== 'handle' || question.command.record.key !== undefined;

function replyOf(failure: unknown): LaneReply {
  if (failure instanceof Overloaded) {
    return { type: 'overloaded', retryAfterMs: failure.retryAfterMs };
  }
  if (failure instanceof LaneStopped) return { type: 'not the owner' };
  return { type: 'failed', reason: failure instanceof Error ? failure.message : String(failure) };
}
