/** One simulated world: its time, its luck, and what was noted about it. */
import { drawFaults, type Faults, noFaults } from './faults.ts';
import { type Random, seededRandom } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

export type World = Scheduler & {
  readonly random: Random;
  faults(): Faults;
  /**
   * A process calls its ports for so many lanes: each call goes wrong so much more rarely, that the
   * process lives as long as for one.
   */
  shareAmong(lanes: number): void;
  /** From now on nothing goes wrong. */
  heal(): void;
  /** Notes that something rare has happened. */
  note(state: string): void;
  noted(): ReadonlyMap<string, number>;
  /** A line of the story of this run; made only when somebody reads it. */
  tell(who: string, what: () => string): void;
};

/** @param reader takes the lines of the story, if anybody wants to read it */
export function createWorld(seed: number, reader?: (line: string) => void): World {
  const random = seededRandom(seed);
  const scheduler = createScheduler();
  const noted = new Map<string, number>();
  let faults = drawFaults(random);
  return {
    ...scheduler,
    random,
    faults: () => faults,
    shareAmong(lanes) {
      const { crash, failure, outage } = faults;
      const rarer = { crash: crash / lanes, failure: failure / lanes, outage: outage / lanes };
      faults = { ...faults, ...rarer };
    },
    heal() {
      faults = noFaults;
    },
    note: (state) => noted.set(state, (noted.get(state) ?? 0) + 1),
    noted: () => noted,
    tell(who, what) {
      if (!reader) return;
      const at = `${(scheduler.now() / 1_000).toFixed(3)} s`;
      reader(`${at.padStart(11)}  ${who.padEnd(13)} ${what()}`);
    },
  };
}
