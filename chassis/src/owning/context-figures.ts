/** What one process of a context can say of itself at a moment, for whoever watches it. */
import type { LaneId } from '../commit.ts';
import type { FollowerFigures } from '../following/follower.ts';
import type { LaneFigures } from '../lane/lane.ts';
import type { ProjectorFigures } from '../projecting/projector.ts';

export type ContextFigures = {
  /** Of the lanes that are owned here. */
  readonly lanes: readonly (LaneId & LaneFigures)[];
  /** By the projection's name. */
  readonly projections: Readonly<Record<string, ProjectorFigures>>;
  /** Policies and processes that run here; one name may run for several lanes. */
  readonly followers: readonly (FollowerFigures & { readonly name: string })[];
};
