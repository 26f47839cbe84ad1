/** Which streams have begun, of those that are mostly new when a lane meets them. */
import type { Clock } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { type AnyStreamKind, streamName } from '../stream-kind.ts';
import { rowFilter } from './row-filter.ts';

export type NewStreams = {
  /** True when nothing has ever happened to it, for certain. */
  isNew(name: string): boolean;
  hasBegun(name: string): void;
  fill(clock: Clock, stopped: () => boolean): Promise<void>;
};

export function newStreams(
  lane: LaneId,
  rows: LaneRows,
  kinds: readonly AnyStreamKind[],
): NewStreams {
  const kept = kinds.flatMap((kind) =>
    kind.mostlyNew === undefined
      ? []
      : [{ prefix: streamName(kind, kind.mostlyNew), filter: rowFilter() }],
  );
  const filterOf = (name: string) => kept.find(({ prefix }) => name.startsWith(prefix))?.filter;
  return {
    isNew: (name) => filterOf(name)?.isAbsent(name) === true,
    hasBegun: (name) => filterOf(name)?.add(name),
    async fill(clock, stopped) {
      for (const { prefix, filter } of kept) {
        const list = (after: string, limit: number) => rows.streamNames(lane, prefix, after, limit);
        await filter.fill(list, clock, stopped);
      }
    },
  };
}
