import { hash } from 'node:crypto';

const jitterPart = 0.2;

/**
 * The delay with up to 20 % more or less, drawn from the id: many that failed, or began, together
 * do not return together.
 */
export function withJitter(delayMs: number, id: string, attempt: number): number {
  const drawn = Number.parseInt(hash('sha256', `${id}\n${attempt}`, 'hex').slice(0, 8), 16);
  return Math.round(delayMs * (1 + jitterPart * ((2 * drawn) / 0xffffffff - 1)));
}
