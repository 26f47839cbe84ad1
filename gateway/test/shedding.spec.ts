import { beforeEach, describe, expect, it } from 'vitest';
import { createShedding, type Leave, type Shedding } from '../src/shedding/shedding.ts';
import { manualClock } from './live-stubs/manual-clock.ts';

const most = 2_000;
const asked = (operation: 'query' | 'mutation', ...rootFields: string[]) =>
  ({ operation: { operation }, rootFields }) as never;
const cart = asked('mutation', 'reserveStock');
const order = asked('mutation', 'placeOrder');
const look = asked('query', 'availability');

describe('shedding', () => {
  let time = manualClock();
  let shedding: Shedding;
  beforeEach(() => {
    time = manualClock();
    shedding = createShedding(most, time.clock);
  });

  type Come = { leave: Leave | undefined | 'waits' };

  /** So many come at once; what becomes of each shows as time goes on. */
  const come = (each: never, count: number, listed = 1): readonly Come[] =>
    Array.from({ length: count }, () => {
      const entered = shedding.enter(each, { input: { lines: Array(listed).fill({}) } });
      if (!(entered instanceof Promise)) return { leave: entered };
      const one: Come = { leave: 'waits' };
      void entered.then((leave) => {
        one.leave = leave;
      });
      return one;
    });
  const are = (came: readonly Come[]) => ({
    in: came.filter(({ leave }) => typeof leave === 'function').length,
    wait: came.filter(({ leave }) => leave === 'waits').length,
    refused: came.filter(({ leave }) => leave === undefined).length,
  });
  const leaveAll = (came: readonly Come[]) => {
    for (const one of came) {
      if (typeof one.leave !== 'function') continue;
      one.leave();
      one.leave = () => {};
    }
  };
  /** Rounds of so many at once that are all answered after this time. */
  const answer = async (
    each: never,
    tookMs: number,
    more: { atOnce: number; rounds?: number; listed?: number },
  ) => {
    const { atOnce, rounds = 20, listed } = more;
    for (let round = 0; round < rounds; round += 1) {
      const came = come(each, atOnce, listed);
      await time.advance(tookMs);
      leaveAll(came);
    }
  };

  /** More than can be answered come until some are refused. */
  const overload = async () => {
    const came = come(cart, 200);
    await time.advance(600);
    leaveAll(came);
    expect(are(came).refused).toBe(136);
  };

  it('lets a rush wait a moment, and all of it in when it is answered soon', async () => {
    const came = come(look, 300);
    expect(are(came)).toEqual({ in: 64, wait: 236, refused: 0 });
    for (let round = 0; round < 5; round += 1) {
      await time.advance(20);
      leaveAll(came);
    }
    expect(are(came)).toEqual({ in: 300, wait: 0, refused: 0 });
  });

  it('refuses who has waited for a moment, and then browsing and carts at once', async () => {
    await overload();
    const inHand = come(cart, 51);
    expect(are(come(cart, 10))).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(come(look, 10))).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(come(order, 64))).toEqual({ in: 64, wait: 0, refused: 0 });
    const late = come(order, 10);
    expect(are(late)).toEqual({ in: 0, wait: 10, refused: 0 });
    await time.advance(300);
    expect(are(late)).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(inHand)).toEqual({ in: 51, wait: 0, refused: 0 });
  });

  it('lets fewer in while answers take much longer than usual, never none', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 60 });
    expect(are(come(cart, 10)).in).toBe(2);
    expect(are(come(order, 60)).in).toBe(60);
  });

  it('knows that a cart of many SKUs takes longer', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await answer(cart, 200, { atOnce: 20, listed: 40 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 20, listed: 40 });
    expect(are(come(cart, 64)).in).toBe(64);
  });

  it('makes carts few when orders are slow, orders only when they are for long', async () => {
    await answer(order, 100, { atOnce: 20 });
    await overload();
    await answer(order, 450, { atOnce: 64, rounds: 5 });
    const carts = come(cart, 51);
    expect(are(carts).in).toBe(51);
    leaveAll(carts);
    await answer(order, 600, { atOnce: 100, rounds: 20 });
    expect(are(come(cart, 64)).in).toBe(2);
    expect(are(come(order, 64)).in).toBe(32);
  });

  it('is as at first once nobody was refused for a while', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 20 });
    await time.advance(6_000);
    expect(are(come(cart, 100))).toEqual({ in: 64, wait: 36, refused: 0 });
  });

  it('never has more than it may, waiting or not', () => {
    expect(are(come(order, most + 5)).refused).toBe(5);
    expect(shedding.inFlight()).toBe(most);
  });
});
