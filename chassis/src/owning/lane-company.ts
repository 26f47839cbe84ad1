/** What runs beside a lane wherever its owner is, so that it is done once and not by everybody. */
import type { Lane } from '../lane/lane.ts';

export type Part = { start(): Promise<void>; stop(): Promise<void> };

export type LaneCompany = {
  /** What gives it commands: policies. They start after it and stop before it. */
  readonly feeding: readonly Part[];
  /** What carries its log on: relays. They see its last commit before they stop. */
  readonly carrying: readonly Part[];
};

/**
 * Keeps on a list what runs beside a lane for as long as it does: what it once waited for is the
 * next owner's to tell.
 */
export const listed = <Each>(list: Map<number, Each>, lane: number, each: Each): Part => ({
  start: async () => void list.set(lane, each),
  stop: async () => void list.delete(lane),
});

/** @param decides called once the lane does, before what runs beside it has begun */
export async function startLane(
  lane: Part,
  { feeding, carrying }: LaneCompany,
  decides: () => void = () => {},
): Promise<void> {
  await lane.start();
  decides();
  for (const part of [...carrying, ...feeding]) await part.start();
}

/** What is done for a lane that another process may open, while its company is being stopped. */
export type Closing = {
  /** Nothing feeds it any more, and it stops next. */
  closes(): Promise<void>;
  /** It has stopped. */
  closed(): Promise<void>;
};

const forNobody: Closing = { closes: async () => {}, closed: async () => {} };

/**
 * Each part is stopped, whatever the others do; what feeds the lane first, while it still decides.
 *
 * @throws what the first that failed has thrown, once all have stopped
 */
export async function stopLane<Command>(
  lane: Pick<Lane<Command>, 'stop'>,
  { feeding, carrying }: LaneCompany,
  { closes, closed }: Closing = forNobody,
): Promise<void> {
  const deciding = {
    async stop() {
      await closes();
      await lane.stop();
      await closed();
    },
  };
  const inOrder = [...feeding.toReversed(), deciding, ...carrying.toReversed()];
  await inTurn(inOrder, (part) => part.stop());
}

/** @throws what the first that failed has thrown, once all have had their turn */
export async function inTurn<Each>(
  all: readonly Each[],
  act: (each: Each) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const each of all) await act(each).catch((failure: unknown) => failures.push(failure));
  if (failures.length > 0) throw failures[0];
}
