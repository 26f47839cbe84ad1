/** What runs beside a lane wherever its owner is, so that it is done once and not by everybody. */
import type { Lane } from './lane.ts';

export type Part = { start(): Promise<void>; stop(): Promise<void> };

export type LaneCompany = {
  /** What gives it commands: policies. They start after it and stop before it. */
  readonly feeding: readonly Part[];
  /** What carries its log on: relays. They see its last commit before they stop. */
  readonly carrying: readonly Part[];
};

export async function startLane(lane: Part, { feeding, carrying }: LaneCompany): Promise<void> {
  for (const part of [lane, ...carrying, ...feeding]) await part.start();
}

export async function stopLane<Command>(
  lane: Pick<Lane<Command>, 'stop'>,
  { feeding, carrying }: LaneCompany,
): Promise<void> {
  for (const part of feeding.toReversed()) await part.stop();
  await lane.stop();
  for (const part of carrying.toReversed()) await part.stop();
}
