/**
 * Carries an exported log into a new store: as it is where the lanes are as many, otherwise from
 * one lane into several.
 */
import { createHash } from 'node:crypto';
import { type Commit, laneKey } from '@holdfast/chassis/commit';
import type { Position } from '@holdfast/chassis/read-model';
import { type PlaceCommand, type TakeOver, takeOver } from '@holdfast/chassis/relane';
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

/** How far a policy had come in a lane of the source. Undefined positions: to its end. */
function standOf(
  { consumer, overLanes }: Policy,
  lane: string,
  { heads }: Survey,
  sourceLanes: number,
  positions: readonly Position[] | undefined,
): number {
  const end = heads.get(lane)?.version ?? 0;
  if (!positions || (overLanes && sourceLanes === 1)) return end;
  const found = positions.find((each) => each.consumer === consumer && laneKey(each) === lane);
  return Math.min(found?.version ?? 0, end);
}

export type Carried = {
  /** Written into the new store. */
  readonly commits: number;
  readonly positions: readonly (Position & { readonly owner: Policy['owner'] })[];
};

/** @throws Refused */
export async function carryLog(options: {
  readonly file: string;
  readonly survey: Survey;
  readonly sourceLanes: number;
  readonly target: ImportTarget;
  /** Where the source's followers stood, if that was exported. */
  readonly positions: readonly Position[] | undefined;
  readonly read: (bytes: number) => void;
}): Promise<Carried> {
  const { file, survey, sourceLanes, target, read } = options;
  const taken = sourceLanes === target.laneCount ? undefined : takeOvers(survey, target.laneCount);
  const { append, settle } = appender(target);
  const positions: Carried['positions'][number][] = [];
  let commits = 0;

  const put = async (written: readonly Commit[]) => {
    commits += written.length;
    await append(written);
  };
  const noteStands = (commit: Commit) => {
    for (const policy of policies) {
      const { owner, consumer, follows } = policy;
      if (follows !== commit.context) continue;
      const stand = standOf(policy, laneKey(commit), survey, sourceLanes, options.positions);
      if (stand !== commit.version) continue;
      for (const head of headsAt(commit, taken, target.laneCount)) {
        positions.push({ owner, consumer, context: follows, ...head });
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
