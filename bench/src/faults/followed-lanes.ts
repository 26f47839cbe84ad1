/** A consumer of lanes that remembers in which order it was handed what, and how late. */
import type { Bus } from '@holdfast/chassis/bus/bus';
import { systemClock } from '@holdfast/chassis/clock';
import type { LaneId } from '@holdfast/chassis/commit';
import { laneFeed } from '@holdfast/chassis/following/lane-feed';
import type { EventLog } from '@holdfast/chassis/log/event-log';

const pendingMax = 256;
const pollMs = 5;

export type FollowedLanes = {
  /** Commits handed over, of all lanes. */
  count(): number;
  /** Handed over twice, or before an earlier one. */
  outOfOrder(): number;
  /** From the arrival of a message that skips some to the handing over of what it skipped. */
  readonly gapsMs: readonly number[];
  /** @returns after how long it had them all; undefined when it has not in time */
  reaches(commits: number, withinMs: number): Promise<number | undefined>;
  stop(): Promise<void>;
};

type Gap = { readonly version: number; readonly noticedAt: number };

/** Notes messages that skip a version, before the feed sees them. */
const watched = (bus: Bus, note: (lane: number, version: number) => void): Bus => ({
  ...bus,
  consume: (options) =>
    bus.consume({
      ...options,
      deliver: (delivery) => {
        note(delivery.commit.lane, delivery.commit.version);
        options.deliver(delivery);
      },
    }),
});

export function followLanes(
  consumer: string,
  lanes: readonly LaneId[],
  log: EventLog,
  bus: Bus,
): FollowedLanes {
  const handed = lanes.map(() => 0);
  const arrived = lanes.map(() => 0);
  const gaps = new Map<number, Gap>();
  const gapsMs: number[] = [];
  let [count, outOfOrder] = [0, 0];

  const note = (lane: number, version: number) => {
    const known = Math.max(arrived[lane] ?? 0, handed[lane] ?? 0);
    if (version > known + 1 && !gaps.has(lane)) {
      gaps.set(lane, { version: known + 1, noticedAt: performance.now() });
    }
    arrived[lane] = Math.max(known, version);
  };
  const feed = laneFeed({
    ...{ consumer, lanes, log, bus: watched(bus, note), clock: systemClock(), pendingMax },
    deliver({ lane, version }) {
      if (version !== (handed[lane] ?? 0) + 1) outOfOrder += 1;
      handed[lane] = version;
      count += 1;
      const gap = gaps.get(lane);
      if (gap && version >= gap.version) {
        gaps.delete(lane);
        gapsMs.push(performance.now() - gap.noticedAt);
      }
      return undefined;
    },
  });
  feed.start(lanes.map(() => ({ version: 0, hash: '' })));
  return {
    count: () => count,
    outOfOrder: () => outOfOrder,
    gapsMs,
    reaches: (commits, withinMs) => untilCounted(() => count >= commits, withinMs),
    stop: feed.stop,
  };
}

async function untilCounted(isThere: () => boolean, withinMs: number): Promise<number | undefined> {
  const from = performance.now();
  while (!isThere() && performance.now() - from < withinMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return isThere() ? performance.now() - from : undefined;
}
