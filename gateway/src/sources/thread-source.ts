/** A subgraph in another thread of this process, asked over a message port. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { SubgraphCall } from '@holdfast/schema/subgraph';
import {
  gathering,
  type ThreadCall,
  type ToGateway,
  type ToSubgraph,
} from '@holdfast/schema/thread-call';
import type { ExecutionResult } from 'graphql';
import type { DataSource, GatewayContext } from '../execution/federation.ts';
import { type LiveClock, systemClock } from '../live/live-clock.ts';
import { parseText, refused, withCursor } from './subgraph-answer.ts';
import { type ThreadEvents, threadEvents } from './thread-events.ts';
import { withinTime } from './within-time.ts';

export type ThreadSubgraph = {
  readonly name: string;
  /** The other end serves it. */
  readonly port: MessagePort;
};

export type ThreadSource = DataSource & {
  notReady(): string | undefined;
  /** Hears at once what the other thread has said, not only in the event loop's next turn. */
  hear(): void;
  close(): void;
};

type Waiting = {
  readonly answered: (text: string) => void;
  /** Left out where a subscription was not asked for. */
  readonly opened?: (events: ThreadEvents) => void;
};

type State = {
  readonly name: string;
  readonly say: (message: ToSubgraph) => void;
  readonly waiting: Map<number, Waiting>;
  readonly streams: Map<number, ThreadEvents>;
  lastId: number;
  unreadyBecause: string | undefined;
  /** When it was asked whether it is ready, and has not answered yet. */
  lookingSince: number | undefined;
};

const lookPeriodMs = 1_000;
/** Who has not answered a look for so long is not ready. */
const silentMs = 3_000;

const newState = ({ name, port }: ThreadSubgraph): State => ({
  ...{ name, say: gathering(port), waiting: new Map(), streams: new Map(), lastId: 0 },
  ...{ unreadyBecause: undefined, lookingSince: undefined },
});

export const threadSource = (
  subgraph: ThreadSubgraph,
  timeoutMs: number,
  clock: LiveClock = systemClock,
): ThreadSource => {
  const { name, port } = subgraph;
  const state = newState(subgraph);
  const hearAll = (messages: readonly ToGateway[]) => {
    for (const message of messages) hear(state, message);
  };
  port.on('message', hearAll);
  const stopLooking = clock.every(lookPeriodMs, () => look(state, clock));
  return {
    process: (call, context) => withinTime(ask(state, call, context), timeoutMs, name),
    subscribe: (call, context) => open(state, callOf(call, context), timeoutMs),
    notReady: () => notReady(state, clock),
    hear() {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
        hearAll(next.message);
      }
    },
    close() {
      stopLooking();
      port.close();
    },
  };
};

const callOf = (call: SubgraphCall, context: GatewayContext): ThreadCall => {
  const { caller, traceId, trace, after } = context;
  return { call, request: { caller, traceId, trace, after } };
};

function nextId(state: State): number {
  state.lastId += 1;
  return state.lastId;
}

async function ask(
  state: State,
  call: SubgraphCall,
  context: GatewayContext,
): Promise<ExecutionResult> {
  const id = nextId(state);
  const text = await new Promise<string>((answered) => {
    state.waiting.set(id, { answered });
    state.say({ type: 'ask', id, ...callOf(call, context) });
  });
  return withCursor(parseText(text, state.name), context);
}

async function open(
  state: State,
  call: ThreadCall,
  timeoutMs: number,
): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
  const { name, say, waiting } = state;
  const id = nextId(state);
  const opening = new Promise<string | ThreadEvents>((resolve) => {
    waiting.set(id, { answered: resolve, opened: resolve });
    say({ type: 'open', id, ...call });
  });
  try {
    const opened = await withinTime(opening, timeoutMs, name);
    return typeof opened === 'string' ? refused(parseText(opened, name)) : opened.results;
  } catch (late) {
    waiting.delete(id);
    say({ type: 'stop', id });
    throw late;
  }
}

function hear(state: State, message: ToGateway): void {
  switch (message.type) {
    case 'answer': {
      state.waiting.get(message.id)?.answered(message.text);
      state.waiting.delete(message.id);
      return;
    }
    case 'opened':
      opened(state, message.id);
      return;
    case 'event':
      state.streams.get(message.id)?.take(message.text);
      return;
    case 'end':
      state.streams.get(message.id)?.end();
      state.streams.delete(message.id);
      return;
    case 'readiness':
      state.unreadyBecause = message.notReady;
      state.lookingSince = undefined;
  }
}

function opened({ name, say, waiting, streams }: State, id: number): void {
  const asked = waiting.get(id);
  // Nobody waits for it any more, and it has been told so.
  if (asked === undefined) return;
  const events = threadEvents({
    parse: (text) => parseText(text, name),
    makeRoom: (events) => say({ type: 'room', id, events }),
    stop() {
      if (streams.delete(id)) say({ type: 'stop', id });
    },
  });
  streams.set(id, events);
  asked.opened?.(events);
  waiting.delete(id);
}

function look(state: State, clock: LiveClock): void {
  if (state.lookingSince !== undefined) return;
  state.lookingSince = clock.monotonicMs();
  state.say({ type: 'look' });
}

function notReady({ name, unreadyBecause, lookingSince }: State, clock: LiveClock) {
  const isSilent = lookingSince !== undefined && clock.monotonicMs() - lookingSince > silentMs;
  return isSilent ? `${name} does not answer` : unreadyBecause;
}
