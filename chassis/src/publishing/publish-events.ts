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
import { oneAfterAnother } from '../read-model/write-behind.ts';
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

type Told = { readonly key: string; readonly head: Head; readonly all: readonly Announcement[] };

type State = PublishEventsOptions & {
  readonly heads: Map<string, Head>;
  gathered: Told[];
  cancelGathering: (() => void) | undefined;
  readonly moved: () => void;
  readonly stopping: StopSignal;
  /** Why the last attempt failed; undefined after a success. */
  trouble: string | undefined;
};

const pendingMax = 64;
/**
 * Nobody who is told waits for it, and many messages at once cost the broker much less than each
 * alone. All lanes of a process gather until the same moment.
 */
const gatherMs = 100;
const gatheredCommitsMax = 64;
/** Announcements under way at the same time. */
const windowEvents = 256;
const pauseMs = { first: 100, most: 5_000 };

export function publishEvents(options: PublishEventsOptions): EventPublisher {
  const { name, lanes, readModel, clock } = options;
  const heads = new Map<string, Head>();
  const stopping = stopSignal(clock);
  const positions = () =>
    lanes.flatMap((lane) => {
      const head = heads.get(laneKey(lane));
      return head ? [{ consumer: name, ...lane, ...head }] : [];
    });
  const writer = positionWriter({ readModel, clock, positions });
  const state: State = {
    ...{ ...options, heads, stopping, moved: writer.moved, trouble: undefined },
    ...{ gathered: [], cancelGathering: undefined },
  };
  const { flush } = oneAfterAnother(() => announceAll(state));
  const deliver = (commit: Commit) => gather(state, commit, flush);
  const feed = laneFeed({ ...options, consumer: name, pendingMax, deliver });
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
      await flush();
      await writer.stop();
    },
    announced: (lane) => heads.get(laneKey(lane))?.version ?? 0,
    notReady: () => [
      ...feed.broken(),
      ...(state.trouble === undefined ? [] : [`${name} waits: ${state.trouble}`]),
    ],
  };
}

/** A promise holds back the commits after it, while many wait to be announced. */
function gather(
  state: State,
  commit: Commit,
  flush: () => Promise<void>,
): Promise<void> | undefined {
  const { gathered, clock } = state;
  const { version, hash } = commit;
  const all = announcementsOf(state, commit);
  gathered.push({ key: laneKey(commit), head: { version, hash }, all });
  if (gathered.length >= gatheredCommitsMax) return flush();
  const untilMs = gatherMs - (clock.now() % gatherMs);
  state.cancelGathering ??= clock.after(untilMs, () => void flush());
  return undefined;
}

/** What it was told to stop before comes again after the next start. */
async function announceAll(state: State): Promise<void> {
  const { gathered, heads, moved } = state;
  state.cancelGathering?.();
  state.cancelGathering = undefined;
  state.gathered = [];
  const all = gathered.flatMap((told) => told.all);
  for (let at = 0; at < all.length; at += windowEvents) {
    if (!(await announceWindow(state, all.slice(at, at + windowEvents)))) return;
  }
  for (const { key, head } of gathered) {
    heads.set(key, head);
    moved();
  }
}

function announcementsOf({ publish }: State, commit: Commit): readonly Announcement[] {
  const { context, lane } = commit;
  const place = `evt.${context}.${String(lane).padStart(2, '0')}`;
  return [...recordedEvents(commit)].flatMap((recorded): Announcement[] => {
    const event = publish(recorded);
    if (!event) return [];
    const { id, type } = event;
    return [{ subject: `${place}.${type}`, id, body: encodeCloudEvent(event) }];
  });
}

/** All of them again after a failure, so that none overtakes one before it. */
async function announceWindow(state: State, window: readonly Announcement[]): Promise<boolean> {
  const { announcer, stopping } = state;
  for (let pause = pauseMs.first; !stopping.stopped(); pause = Math.min(2 * pause, pauseMs.most)) {
    try {
      await announcer.announce('EVT', window);
      state.trouble = undefined;
      return true;
    } catch (failure) {
      state.trouble = String(failure);
      await stopping.pause(pause);
    }
  }
  return false;
}
