/** A subgraph beside its gateway's thread: answers its calls over a message port. */
import type { MessagePort } from 'node:worker_threads';
import type { Subgraph } from '@holdfast/schema/subgraph';
import {
  gathering,
  type ThreadCall,
  type ToGateway,
  type ToSubgraph,
} from '@holdfast/schema/thread-call';
import {
  type Asked,
  type ErrorLog,
  type Events,
  refusedAnswer,
  type SubgraphRunner,
  subgraphRunner,
} from './subgraph-call.ts';

export type SubgraphThreadOptions = {
  readonly subgraph: Subgraph;
  /** Its other end is the gateway's; nothing is answered any more once that is closed. */
  readonly port: MessagePort;
  readonly log: ErrorLog;
  /** Called after some calls are begun, to hear what other threads have said. */
  readonly betweenCalls: () => void;
};

type Stream = {
  /** Undefined while it is opened. */
  events: Events | undefined;
  room: number;
  wake: () => void;
};

type Door = SubgraphThreadOptions & {
  readonly runner: SubgraphRunner;
  readonly say: (message: ToGateway) => void;
  readonly streams: Map<number, Stream>;
};

export const serveSubgraphThread = (options: SubgraphThreadOptions): void => {
  const { subgraph, port, log, betweenCalls } = options;
  const runner = subgraphRunner(subgraph, log);
  const door: Door = { ...options, runner, say: gathering(port), streams: new Map() };
  port.on('message', (messages: readonly ToSubgraph[]) => {
    for (const message of messages) hear(door, message);
    betweenCalls();
  });
  port.once('close', () => {
    for (const id of door.streams.keys()) stop(door, id);
  });
};

function hear(door: Door, message: ToSubgraph): void {
  switch (message.type) {
    case 'ask':
      void answer(door, message.id, message);
      return;
    case 'open':
      void open(door, message.id, message);
      return;
    case 'room':
      addRoom(door, message.id, message.events);
      return;
    case 'stop':
      stop(door, message.id);
      return;
    case 'look':
      door.say({ type: 'readiness', notReady: door.subgraph.notReady() });
  }
}

const askedIn = ({ call, request }: ThreadCall): Asked => ({
  call,
  request: { ...request, cursors: [] },
});

/** What a resolver throws is in an answer: what comes here is a mistake of ours. */
function failed({ log, subgraph }: Door, cause: unknown): string {
  const told = cause instanceof Error ? cause.stack : String(cause);
  log.error('a call could not be answered', { subgraph: subgraph.name, cause: told });
  return refusedAnswer('INTERNAL', `unexpected error in ${subgraph.name}`);
}

async function answer(door: Door, id: number, call: ThreadCall): Promise<void> {
  const text = await door.runner.answer(askedIn(call)).catch((cause) => failed(door, cause));
  door.say({ type: 'answer', id, text });
}

async function open(door: Door, id: number, call: ThreadCall): Promise<void> {
  const { runner, say, streams } = door;
  const stream: Stream = { events: undefined, room: 0, wake: () => {} };
  streams.set(id, stream);
  const opened = await runner.events(askedIn(call)).catch((cause) => failed(door, cause));
  if (typeof opened === 'string') {
    streams.delete(id);
    return say({ type: 'answer', id, text: opened });
  }
  stream.events = opened;
  // It was stopped meanwhile.
  if (streams.get(id) !== stream) return opened.stop();
  say({ type: 'opened', id });
  await pump(door, id, stream).catch((cause) => failed(door, cause));
  if (streams.delete(id)) say({ type: 'end', id });
}

/** Reads no faster than the gateway makes room. */
async function pump({ say, streams }: Door, id: number, stream: Stream): Promise<void> {
  while (stream.events !== undefined && streams.has(id)) {
    if (stream.room === 0) {
      await new Promise<void>((resolve) => {
        stream.wake = resolve;
      });
      continue;
    }
    const text = await stream.events.next();
    if (text === undefined || !streams.has(id)) return;
    stream.room -= 1;
    say({ type: 'event', id, text });
  }
}

function addRoom({ streams }: Door, id: number, events: number): void {
  const stream = streams.get(id);
  if (stream === undefined) return;
  stream.room += events;
  stream.wake();
}

function stop({ streams }: Door, id: number): void {
  const stream = streams.get(id);
  if (stream === undefined) return;
  streams.delete(id);
  stream.wake();
  stream.events?.stop();
}
