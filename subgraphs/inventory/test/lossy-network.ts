/** Messages to lanes that get lost, come late, come twice, or are done without an answer. */
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { Random } from '@holdfast/chassis/simulation/random';
import type { InventoryCommand } from '../src/decide.ts';
import type { Told } from '../src/over-lanes/ask-lane.ts';

export type Faults = {
  readonly lossChance: number;
  readonly twiceChance: number;
  readonly delayMsMax: number;
};
export const calm: Faults = { lossChance: 0, twiceChance: 0, delayMsMax: 8 };
export const stormy: Faults = { lossChance: 0.06, twiceChance: 0.1, delayMsMax: 60 };

const answerWithinMs = 150;
/** A message that comes twice comes the second time so much later. */
const laterTimes = 8;

export type Message = {
  readonly lane: number;
  readonly command: InventoryCommand;
  readonly record: CommandRecord;
};

/** @param isAlive false: nobody hears the answer any more */
export type Send = (message: Message, isAlive: () => boolean) => Promise<Told>;

export const lossyNetwork =
  (random: Random, clock: Clock, faults: () => Faults, run: (message: Message) => Told): Send =>
  (message, isAlive) =>
    new Promise((resolve, reject) => {
      const { lossChance, twiceChance, delayMsMax } = faults();
      const delayMs = () => random.between(0, delayMsMax);
      const isLost = random.chance(lossChance);
      const isUnanswered = random.chance(lossChance);
      if (random.chance(twiceChance)) {
        clock.after(delayMs() * laterTimes, () => void run(message));
      }
      clock.after(answerWithinMs, () => {
        if (isAlive()) reject(new Error('nobody answered'));
      });
      if (isLost) return;
      clock.after(delayMs(), () => {
        const told = run(message);
        if (isUnanswered) return;
        clock.after(delayMs(), () => {
          if (isAlive()) resolve(told);
        });
      });
    });
