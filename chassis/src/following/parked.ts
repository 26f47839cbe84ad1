/**
 * What a follower could not apply: kept in its own store until it succeeds, is replayed or is
 * discarded (DESIGN 3, Retry).
 */
import type { Instant } from '../clock.ts';
import { type LaneId, laneKey, type Recorded } from '../commit.ts';
import type { DocumentRow } from '../read-model/read-model.ts';

/** Trying again cannot help: the events are parked at once. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

/** Events of one stream in one commit, which are applied together. */
export type EventGroup = {
  /** The id of the first event. */
  readonly id: string;
  readonly lane: LaneId;
  readonly version: number;
  readonly stream: string;
  readonly events: readonly Recorded[];
};

export type ParkedStatus =
  | { readonly type: 'retrying'; readonly attempts: number; readonly nextAt: Instant }
  | { readonly type: 'parked'; readonly attempts: number; readonly since: Instant }
  /** An older group of the same stream waits. */
  | { readonly type: 'behind' };

export type Parked = EventGroup & {
  readonly status: ParkedStatus;
  /** The failure's name, to group by; empty behind another. */
  readonly cause: string;
  /** What the failure said. */
  readonly reason: string;
  /** Grows with each change. */
  readonly rowVersion: number;
};

export type ReplayFilter =
  /** The group that holds the event, with all of its stream that is older. */
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'stream'; readonly stream: string }
  | { readonly by: 'cause'; readonly cause: string };

export type ReplayRequest = {
  readonly filter: ReplayFilter;
  /** Only says what would be replayed. */
  readonly dryRun: boolean;
  /** Who asked, for the audit. */
  readonly actor: string;
};

export type ReplayReport = {
  /** Groups of the streams that the filter picks, in the order in which they are tried. */
  readonly selected: readonly string[];
  readonly replayed: readonly string[];
  readonly remaining: readonly { readonly id: string; readonly reason: string }[];
};

/** Transient failures are tried again after these (DESIGN 3); then the group is parked. */
export const defaultRetryDelaysMs: readonly number[] = [
  250, 1_000, 5_000, 30_000, 120_000, 600_000,
];

export const parkedCollection = (consumer: string): string => `parked.${consumer}`;
export const auditCollection = (consumer: string): string => `parked-audit.${consumer}`;

export const streamKey = ({ lane, stream }: { readonly lane: LaneId; readonly stream: string }) =>
  `${laneKey(lane)}:${stream}`;

/** Of all rows of a lane. */
export const rowPrefix = (lane: LaneId): string => `${laneKey(lane)}:`;

/** Rows sort by version within a lane, so that a start finds each stream's oldest first. */
const rowId = ({ lane, version, stream }: EventGroup): string =>
  `${rowPrefix(lane)}${String(version).padStart(12, '0')}:${stream}`;

export const rowOfParked = (consumer: string, parked: Parked): DocumentRow => ({
  collection: parkedCollection(consumer),
  id: rowId(parked),
  version: parked.rowVersion,
  body: JSON.stringify(parked),
});

export const rowOfGone = (consumer: string, parked: Parked): DocumentRow => ({
  collection: parkedCollection(consumer),
  id: rowId(parked),
  version: parked.rowVersion + 1,
  body: undefined,
});

export const parkedFromRow = (row: DocumentRow): Parked => JSON.parse(row.body ?? '') as Parked;

/** A commit's events by stream, in order. */
export function groupByStream(
  lane: LaneId & { readonly version: number },
  events: Iterable<Recorded>,
): readonly EventGroup[] {
  const groups = new Map<string, Recorded[]>();
  for (const recorded of events) {
    const group = groups.get(recorded.stream);
    if (group) group.push(recorded);
    else groups.set(recorded.stream, [recorded]);
  }
  const { context, version } = lane;
  return [...groups].map(([stream, grouped]) => ({
    id: grouped[0]?.id ?? '',
    lane: { context, lane: lane.lane },
    version,
    stream,
    events: grouped,
  }));
}
