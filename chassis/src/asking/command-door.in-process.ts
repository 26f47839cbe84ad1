/** The command door between several contexts or tests in one process: they share one hub. */
import type { Clock } from '../clock.ts';
import { type LaneId, laneKey } from '../commit.ts';
import { inTime } from '../in-time.ts';
import { type CommandDoor, doorBytesMax, servedMax, UnansweredRequest } from './command-door.ts';

export type DoorHub = {
  /** The door of one more process. */
  door(): CommandDoor;
};

type Served = {
  readonly answer: (request: Uint8Array) => Promise<Uint8Array>;
  /** Of the process that serves. */
  readonly load: { count: number };
};

/** By lane, those who serve it; whose turn it is comes first. */
type Lanes = Map<string, Served[]>;

export function inProcessDoorHub(clock: Clock): DoorHub {
  const lanes: Lanes = new Map();
  return {
    door() {
      const load = { count: 0 };
      return {
        serve: (lane, answer) => serve(lanes, lane, { answer, load }),
        async ask(lane, request, timeoutMs) {
          if (request.length > doorBytesMax) {
            throw new Error(`a request to a lane is longer than ${doorBytesMax} bytes`);
          }
          const served = nextOf(lanes, lane);
          return served ? withinTime(clock, answered(served, request), timeoutMs) : 'nobody';
        },
      };
    },
  };
}

function serve(lanes: Lanes, lane: LaneId, served: Served): () => void {
  const row = lanes.get(laneKey(lane)) ?? [];
  lanes.set(laneKey(lane), row);
  row.push(served);
  return () => {
    const at = row.indexOf(served);
    if (at >= 0) row.splice(at, 1);
  };
}

/** The first in the row, which then goes to its end. */
function nextOf(lanes: Lanes, lane: LaneId): Served | undefined {
  const row = lanes.get(laneKey(lane));
  const served = row?.shift();
  if (served) row?.push(served);
  return served;
}

async function answered({ answer, load }: Served, request: Uint8Array): Promise<Uint8Array> {
  if (load.count >= servedMax) throw new UnansweredRequest('who serves the lane is busy');
  load.count += 1;
  try {
    // Copies: what crosses to another process cannot be changed by either side.
    const reply = await answer(request.slice());
    if (reply.length <= doorBytesMax) return reply.slice();
    throw new UnansweredRequest(`the reply is longer than ${doorBytesMax} bytes`);
  } finally {
    load.count -= 1;
  }
}

async function withinTime(clock: Clock, reply: Promise<Uint8Array>, timeoutMs: number) {
  const heard = await inTime(clock, timeoutMs, reply);
  if (heard === 'late') throw new UnansweredRequest(`no reply within ${timeoutMs} ms`);
  return heard;
}
