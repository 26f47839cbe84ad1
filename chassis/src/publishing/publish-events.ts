/**
 * Tells partners what has happened: each public event of some lanes as a CloudEvent, in order, at
 * least once. It waits for a stream that cannot be reached or is full; nothing is left out.
 */

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { type Commit, type LaneId, laneKey, type Recorded, recordedEvents } from '../commit.ts';
import { laneFeed } from '../following/lane-feed.ts';
import { positionWriter } from '../following/position-writer.ts';
import type { EventLog, Head } from '../log/event-log.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import type { Announcement, Announcer } from './announcer.ts';
import { type CloudEvent, encodeCloudEvent } from './cloud-event.ts';

export type PublishEventsOptions = {
  /** Names the position: unique, and never changed. */
  readonly name: string;
  readonly lanes: readonly LaneId[];
  readonly log: EventLog;
  readonly bus: Bus;
  readonly readModel: ReadModel;
  readonly clock: Clock;
  readonly announcer: Announcer;
  /** The context's `publish`; pure. Undefined for what is nobody else's business. */
  readonly publish: (recorded: Recorded) => CloudEvent | undefined;
};

export type EventPublisher = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Everything up to this version is announced. */
  announced(lane: LaneId): number;
  /** Why it does not follow as it should, one sentence each. */
  notReady(): readonly string[];
};

type State = PublishEventsOptions & {
  readonly heads: Map<string, Head>;
  readonly stopping: StopSignal;
  /** Why the last attempt failed; undefined after a success. */
  trouble: string | undefined;
};

const pendingMax = 64;
/** Announcements of one commit under way at the same time. */
const windowEvents = 64;
const pauseMs = { first: 100, most: 5_000 };

export function publishEvents(options: PublishEventsOptions): EventPublisher {
  const { name, lanes, readModel, clock } = options;
  const state: State = {
    ...{ ...options, heads: new Map(), stopping: stopSignal(clock), trouble: undefined },
  };
  const { heads, stopping } = state;
  const positions = () =>
    lanes.flatMap((lane) => {
      const head = heads.get(laneKey(lane));
      return head ? [{ consumer: name, ...lane, ...head }] : [];
    });
  const writer = positionWriter({ readModel, clock, positions });
  const feed = laneFeed({
    ...{ ...options, consumer: name, pendingMax },
    async deliver(commit) {
      if (!(await announceAll(state, commit))) return;
      heads.set(laneKey(commit), { version: commit.version, hash: commit.hash });
      writer.moved();
    },
  });
  return {
    async start() {
      const from = await Promise.all(lanes.map((lane) => readModel.position(name, lane)));
      lanes.forEach((lane, at) => {
        const { version = 0, hash = '' } = from[at] ?? {};
        heads.set(laneKey(lane), { version, hash });
      });
      feed.start(from);
    },
    async stop() {
      stopping.stop();
      await feed.stop();
      await writer.stop();
    },
    announced: (lane) => heads.get(laneKey(lane))?.version ?? 0,
    notReady: () => [
      ...feed.broken(),
      ...(state.trouble === undefined ? [] : [`${name} waits: ${state.trouble}`]),
    ],
  };
}

/** False when it was told to stop before: the commit comes again after the next start. */
async function announceAll(state: State, commit: Commit): Promise<boolean> {
  const all = announcementsOf(state, commit);
  for (let at = 0; at < all.length; at += windowEvents) {
    if (!(await announceWindow(state, all.slice(at, at + windowEvents)))) return false;
  }
  return true;
}

function announcementsOf({ publish }: State, commit: Commit): readonly Announcement[] {
  const { context, lane } = commit;
  const place = `evt.${context}.${String(lane).padStart(2, '0')}`;
  return [...recordedEvents(commit)].flatMap((recorded): Announcement[] => {
    const event = publish(recorded);
    if (!event) return [];
    const { id, type } = event;
    return [{ stream: 'EVT', subject: `${place}.${type}`, id, body: encodeCloudEvent(event) }];
  });
}

/** From the first that failed all of them again, so that none overtakes one before it. */
async function announceWindow(state: State, window: readonly Announcement[]): Promise<boolean> {
  const { announcer, stopping } = state;
  let pause = pauseMs.first;
  for (let left = window; left.length > 0; ) {
    if (stopping.stopped()) return false;
    const ended = await Promise.allSettled(left.map((one) => announcer.announce(one)));
    const failed = ended.findIndex(({ status }) => status === 'rejected');
    const failure = ended[failed];
    state.trouble = failure?.status === 'rejected' ? String(failure.reason) : undefined;
    if (failed < 0) return true;
    if (failed > 0) pause = pauseMs.first;
    left = left.slice(failed);
    await stopping.pause(pause);
    pause = Math.min(2 * pause, pauseMs.most);
  }
  return true;
}
