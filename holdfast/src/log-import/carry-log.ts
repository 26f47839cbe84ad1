/**
 * Carries an exported log into a new store: as it is where the lanes are as many, otherwise from
 * one lane into several.
 */
import { createHash } from 'node:crypto';
import { type Commit, type LaneId, laneKey } from '@holdfast/chassis/commit';
import type { Position } from '@holdfast/chassis/read-model/read-model';
import { type PlaceCommand, type TakeOver, takeOver } from '@holdfast/chassis/stored/relane';
import { placeInventory } from '@holdfast/inventory/relane';
import { placeOrders } from '@holdfast/orders/relane';
import { Refused } from '../refused.ts';
import { commitsIn, type Survey } from './exported-log.ts';
import type { ImportTarget } from './import-target.ts';
import { type Policy, policies } from './policies.ts';

const places: Readonly<Record<string, PlaceCommand>> = {
  inventory: placeInventory,
  orders: placeOrders,
};

/** Commits on their way to the store, and what they may weigh together. */
const underWayMax = 256;
const charactersUnderWayMax = 16 * 1024 * 1024;

function appender(target: ImportTarget) {
  let underWay: Promise<void>[] = [];
  let characters = 0;
  const settle = async () => {
    await Promise.all(underWay);
    underWay = [];
    characters = 0;
  };
  return {
    async append(commits: readonly Commit[]) {
      for (const commit of commits) {
        underWay.push(target.append(commit));
        characters += commit.body.length;
        if (underWay.length < underWayMax && characters < charactersUnderWayMax) continue;
        await settle();
      }
    },
    settle,
  };
}

function takeOvers({ heads, firstAt }: Survey, laneCount: number): ReadonlyMap<string, TakeOver> {
  const text = JSON.stringify([...heads.values()]);
  const commitId = createHash('sha256').update(text).digest('base64url');
  return new Map(
    Object.entries(places).map(([context, place]) => {
      const source = [...heads.values()].filter((head) => head.context === context);
      const at = firstAt.get(context) ?? 0;
      return [context, takeOver({ context, laneCount, source, at, commitId, place })];
    }),
  );
}

type Source = {
  readonly survey: Survey;
  /** Of each context. */
  readonly sourceLanes: number;
  /** Where the source's followers stood; undefined when that was not exported: at its end. */
  readonly positions: readonly Position[] | undefined;
};

const placeName = ({ consumer, ...lane }: { readonly consumer: string } & LaneId): string =>
  `${consumer} ${laneKey(lane)}`;

/** By the last commit of the source that each policy has acted on, named as `commitName` does. */
function standsOf({ survey, sourceLanes, positions }: Source) {
  const known = new Map(positions?.map((each) => [placeName(each), each.version]));
  const stands = new Map<string, Policy[]>();
  for (const { context, lane, version: end } of survey.heads.values()) {
    for (const policy of policies.filter(({ follows }) => follows === context)) {
      const { consumer, overLanes } = policy;
      const isAtEnd = !positions || (overLanes && sourceLanes === 1);
      const come = isAtEnd ? end : (known.get(placeName({ consumer, context, lane })) ?? 0);
      const name = commitName({ context, lane, version: Math.min(come, end) });
      stands.set(name, [...(stands.get(name) ?? []), policy]);
    }
  }
  return stands;
}

const commitName = (commit: LaneId & { readonly version: number }): string =>
  `${laneKey(commit)} ${commit.version}`;

export type Carried = {
  /** Written into the new store. */
  readonly commits: number;
  readonly positions: readonly (Position & { readonly owner: Policy['owner'] })[];
};

/** @throws Refused */
export async function carryLog(
  options: Source & {
    readonly file: string;
    readonly target: ImportTarget;
    readonly read: (bytes: number) => void;
  },
): Promise<Carried> {
  const { file, survey, sourceLanes, target, read } = options;
  const taken = sourceLanes === target.laneCount ? undefined : takeOvers(survey, target.laneCount);
  const { append, settle } = appender(target);
  const positions: Carried['positions'][number][] = [];
  let commits = 0;

  const put = async (written: readonly Commit[]) => {
    commits += written.length;
    await append(written);
  };
  const stands = standsOf(options);
  const noteStands = (commit: Commit) => {
    for (const { owner, consumer } of stands.get(commitName(commit)) ?? []) {
      for (const head of headsAt(commit, taken, target.laneCount)) {
        positions.push({ owner, consumer, context: commit.context, ...head });
      }
    }
  };

  for (const { begin } of taken?.values() ?? []) await put(begin);
  for await (const { number, commit } of commitsIn(file, read)) {
    await put(taken ? carried(commit, taken, number) : [commit]);
    noteStands(commit);
  }
  await settle();
  return { commits, positions };
}

function carried(commit: Commit, taken: ReadonlyMap<string, TakeOver>, number: number) {
  try {
    return taken.get(commit.context)?.carry(commit) ?? [];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refused(
      `Line ${number} cannot be put into other lanes (${why}); import it into as many as it has.`,
      { cause },
    );
  }
}

/** Where the new lanes are when everything up to this commit of the source is in them. */
const headsAt = (
  commit: Commit,
  taken: ReadonlyMap<string, TakeOver> | undefined,
  laneCount: number,
) => {
  const { lane, version, hash, context } = commit;
  const takeOver = taken?.get(context);
  if (!takeOver) return [{ lane, version, hash }];
  return Array.from({ length: laneCount }, (_, lane) => ({ lane, ...takeOver.head(lane) }));
};
