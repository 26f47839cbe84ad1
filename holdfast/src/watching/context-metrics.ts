/** What /metrics tells of lanes and of those who follow them, read when it is asked for. */
import type { LaneId } from '@holdfast/chassis/commit';
import type { ContextFigures } from '@holdfast/chassis/owning/context-figures';
import type { MetricsRegistry } from '@holdfast/gateway/metrics';
import { Gauge } from 'prom-client';

export type Watched = {
  contexts(): readonly ContextFigures[];
  published(lane: LaneId): number | undefined;
  /** Wall time, as events are dated with. */
  now(): number;
};

type Row<Label extends string> = readonly [labels: Record<Label, string>, value: number];

/** Emptied at each reading: a lane that has moved away is no longer told of here. */
function gauge<Label extends string>(
  registry: MetricsRegistry,
  [name, help]: readonly [name: string, help: string],
  labelNames: readonly Label[],
  rows: () => readonly Row<Label>[],
): void {
  new Gauge({
    ...{ name: `holdfast_${name}`, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [labels, value] of rows()) this.set(labels, value);
    },
  });
}

function registerLanes(registry: MetricsRegistry, { contexts, published }: Watched): void {
  type Figures = ContextFigures['lanes'][number];
  const lanes = (name: string, help: string, value: (lane: Figures) => number | undefined) =>
    gauge(registry, [`lane_${name}`, help], ['context', 'lane'], () =>
      contexts().flatMap((context) =>
        context.lanes.flatMap((figures) => {
          const read = value(figures);
          const labels = { context: figures.context, lane: String(figures.lane) };
          return read === undefined ? [] : [[labels, read] as const];
        }),
      ),
    );
  lanes('owned', '1 for each lane that this process decides in.', () => 1);
  lanes('waiting', 'Commands that wait for their commit.', ({ waiting }) => waiting);
  lanes('durable_version', 'Newest durable version.', ({ durableVersion }) => durableVersion);
  lanes(
    'checkpoint_lag',
    'Commits that a start would have to fold.',
    ({ durableVersion, checkpoint }) => durableVersion - checkpoint,
  );
  lanes('unwritten_rows', 'Rows that wait to be written.', ({ unwrittenRows }) => unwrittenRows);
  lanes('streams_in_memory', 'Streams kept in memory.', ({ streamsInMemory }) => streamsInMemory);
  lanes('relay_behind', 'Durable commits that the bus does not have yet.', (lane) => {
    const version = published(lane);
    return version === undefined ? undefined : Math.max(0, lane.durableVersion - version);
  });
}

function registerFollowing(registry: MetricsRegistry, { contexts, now }: Watched): void {
  const projections = (): readonly [string, ContextFigures['projections'][string]][] =>
    contexts().flatMap((context) => Object.entries(context.projections));
  const ofProjection = (
    name: string,
    help: string,
    value: (figures: ContextFigures['projections'][string]) => number,
  ) =>
    gauge(registry, [`projection_${name}`, help], ['projection'], () =>
      projections().map(([projection, figures]) => [{ projection }, value(figures)]),
    );
  ofProjection('behind', 'Commits known and not yet applied.', ({ behind }) => behind);
  ofProjection(
    'unwritten_documents',
    'Documents that wait to be written.',
    ({ unwrittenDocuments }) => unwrittenDocuments,
  );

  /** One that runs for several lanes is told of once. */
  const ofFollower = (
    name: string,
    help: string,
    value: (figures: ContextFigures['followers'][number]) => number,
    together: (one: number, other: number) => number = (one, other) => one + other,
  ) =>
    gauge(registry, [`follower_${name}`, help], ['follower'], () => {
      const values = new Map<string, number>();
      for (const figures of contexts().flatMap(({ followers }) => followers)) {
        const known = values.get(figures.name) ?? 0;
        values.set(figures.name, together(known, value(figures)));
      }
      return [...values].map(([follower, sum]) => [{ follower }, sum]);
    });
  ofFollower('behind', 'Commits known and not yet applied.', ({ behind }) => behind);
  ofFollower('parked', 'Event groups that somebody has to look at.', ({ parked }) => parked);
  ofFollower('retrying', 'Event groups that are tried again.', ({ retrying }) => retrying);
  ofFollower(
    'oldest_parked_age_seconds',
    'Since when the oldest of them is parked; 0 when none is.',
    ({ oldestParkedAt }) => (oldestParkedAt === undefined ? 0 : (now() - oldestParkedAt) / 1_000),
    Math.max,
  );
}

export function registerContexts(registry: MetricsRegistry, watched: Watched): void {
  registerLanes(registry, watched);
  registerFollowing(registry, watched);
}
