import { describe, expect, it } from 'vitest';
import { createShedding } from './shedding.ts';

const most = 2_000;
const asked = (operation: 'query' | 'mutation', ...rootFields: string[]) =>
  ({ operation: { operation }, rootFields }) as never;
const cart = asked('mutation', 'reserveStock');
const order = asked('mutation', 'placeOrder');

describe('what is let in', () => {
  it('is all there is room for while answers come in good time', () => {
    const shedding = createShedding(most);
    for (let answers = 0; answers < 100; answers += 1) shedding.answered(20, 1_000);
    expect([shedding.admits(cart, most), shedding.admits(cart, most + 1)]).toEqual([true, false]);
  });

  it('is less when answers come late: browsing and carts first, orders last', () => {
    const shedding = createShedding(most);
    for (let answers = 0; answers < 400; answers += 1) shedding.answered(2_000, 1_500);
    expect(shedding.limit()).toBe(64);
    expect([shedding.admits(cart, 64), shedding.admits(cart, 65)]).toEqual([true, false]);
    expect(shedding.admits(asked('query', 'availability'), 65)).toBe(false);
    expect([shedding.admits(order, most), shedding.admits(order, most + 1)]).toEqual([true, false]);
    const mixed = asked('mutation', 'reserveStock', 'placeOrder');
    expect(shedding.admits(mixed, most)).toBe(true);
  });

  it('is more again as soon as answers come in good time', () => {
    const shedding = createShedding(most);
    for (let answers = 0; answers < 400; answers += 1) shedding.answered(2_000, 1_500);
    for (let answers = 0; answers < 500; answers += 1) shedding.answered(100, 64);
    expect(shedding.limit()).toBeGreaterThan(100);
  });
});
