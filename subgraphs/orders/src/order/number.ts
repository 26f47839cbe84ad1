/** Numbers for people: unique in a lane by its counter, and over lanes by the lane in front. */
import type { OrderNumberTaken } from './events.ts';

/** The counter of one lane. */
export type Numbers = { readonly taken: number };

export const noNumbers: Numbers = { taken: 0 };

export const evolveNumbers = (_numbers: Numbers, event: OrderNumberTaken): Numbers => ({
  taken: event.count,
});

const laneDigits = 2;
const countDigits = 6;

/** E.g. `17-000423`; a count beyond six digits takes more of them. */
export const orderNumber = (lane: number, count: number): string =>
  `${String(lane).padStart(laneDigits, '0')}-${String(count).padStart(countDigits, '0')}`;

const numberShape = /^[0-9]{2}-[0-9]{6,15}$/;

/** The lane that gave out a number. */
export const laneOfNumber = (number: string): number => Number(number.slice(0, laneDigits));

/** False for a text that no order was ever called. */
export const isOrderNumber = (text: string): boolean => numberShape.test(text);
