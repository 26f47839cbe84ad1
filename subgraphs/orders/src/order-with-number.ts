/**
 * The order that has a number. That there is none is believed only at the end of the log: any
 * process may have given the number out.
 */

import type { Clock } from '@holdfast/chassis/clock';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { lanesOf } from '@holdfast/chassis/owning/lanes';
import { caughtUp } from '@holdfast/chassis/projecting/caught-up';
import type { Projector } from '@holdfast/chassis/projecting/projector';
import type { OrderId } from '@holdfast/schema/identifiers';
import { numbersWaitMs } from './config.ts';
import { laneOfNumber } from './order/number.ts';
import { type NumberOfOrder, orderNumbers } from './projections/order-numbers.ts';
import { within } from './sleeper.ts';

export const orderWithNumber =
  (byNumber: Projector<NumberOfOrder>, laneCount: number, log: EventLog, clock: Clock) =>
  async (number: string): Promise<OrderId | undefined> => {
    if (laneOfNumber(number) >= laneCount) return undefined;
    const look = async () => (await byNumber.read(orderNumbers, [number]))[0]?.order;
    const found = await look();
    if (found !== undefined) return found;
    // The order may lie in another lane than gave the number out, where its log was taken over.
    const allLanes = lanesOf('orders', laneCount).map((lane) => caughtUp(byNumber, log, lane));
    await within(clock, numbersWaitMs, Promise.all(allLanes));
    return look();
  };
