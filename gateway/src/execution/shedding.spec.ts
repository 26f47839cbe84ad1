import { describe, expect, it } from 'vitest';
import { createShedding, type Shedding } from './shedding.ts';

const most = 2_000;
const asked = (operation: 'query' | 'mutation', ...rootFields: string[]) =>
  ({ operation: { operation }, rootFields }) as never;
const cart = asked('mutation', 'reserveStock');
const order = asked('mutation', 'placeOrder');

describe('what is let in', () => {
  /** So many at once, again and again, and all are answered after this time. */
  const answer = (shedding: Shedding, tookMs: number, atOnce: number, rounds = 20, each = cart) => {
    for (let round = 0; round < rounds; round += 1) {
      const leave = Array.from({ length: atOnce }, () => shedding.enter(each));
      for (const left of leave) left?.(tookMs);
    }
  };
  /** How many more there is room for. */
  const room = (shedding: Shedding, each: never) => {
    const entered: (() => void)[] = [];
    for (let leave = shedding.enter(each); leave; leave = shedding.enter(each)) {
      entered.push(() => leave?.(1));
    }
    return entered.length;
  };

  it('is all there is room for while answers come in good time', () => {
    const shedding = createShedding(most);
    answer(shedding, 20, 1_000);
    expect(room(shedding, cart)).toBe(most);
  });

  it('is less when answers come late: browsing and carts first, orders last', () => {
    const shedding = createShedding(most);
    answer(shedding, 900, 1_500);
    expect(shedding.limit()).toBe(64);
    expect(room(shedding, cart)).toBe(64);
    expect(shedding.enter(asked('query', 'availability'))).toBeUndefined();
    const mixed = asked('mutation', 'reserveStock', 'placeOrder');
    expect(room(shedding, mixed)).toBe(most - 64);
  });

  it('is fewer orders too once they take so long that the gateway would give them up', () => {
    const shedding = createShedding(most);
    answer(shedding, 900, 500, 20, order);
    expect(room(shedding, order)).toBe(most);
    const late = createShedding(most);
    answer(late, 1_100, 500, 20, order);
    expect(room(late, order)).toBe(32);
    expect([room(late, cart), room(late, cart)]).toEqual([2, 0]);
  });

  it('is few carts once an order was refused, until some have been answered', () => {
    const shedding = createShedding(most);
    answer(shedding, 1_100, 500, 20, order);
    const leave = Array.from({ length: 33 }, () => shedding.enter(order));
    expect(leave.at(-1)).toBeUndefined();
    for (const left of leave) left?.(20);
    const carts = Array.from({ length: 3 }, () => shedding.enter(cart));
    expect(carts.filter(Boolean)).toHaveLength(2);
    for (const left of carts) left?.(20);
    answer(shedding, 20, 2, 200);
    expect(room(shedding, cart)).toBeGreaterThan(64);
  });

  it('is more again as soon as answers come in good time', () => {
    const shedding = createShedding(most);
    answer(shedding, 2_100, 1_500);
    answer(shedding, 100, 64);
    expect(shedding.limit()).toBeGreaterThan(100);
  });

  it('counts those who are not answered yet', () => {
    const shedding = createShedding(most);
    const leave = shedding.enter(cart);
    expect(shedding.inFlight()).toBe(1);
    leave?.(1);
    expect(shedding.inFlight()).toBe(0);
  });
});
