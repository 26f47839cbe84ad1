import { beforeEach, describe, expect, it } from 'vitest';
import { loopTurn } from '../src/shedding/loop-turn.ts';
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
    const { clock } = time;
    const whenRead = (callback: () => void) => void clock.after(0, callback);
    const turn = loopTurn({ clock, betweenParts: () => {}, whenRead, whenLong: () => {} });
    shedding = createShedding(most, clock, turn);
  });

  type Come = { leave: Leave | undefined | 'waits' };

  /** So many come in one turn of the event loop; what becomes of each shows as time goes on. */
  const enter = (each: never, count: number, listed = 1): Come[] =>
    Array.from({ length: count }, () => {
      const one: Come = { leave: 'waits' };
      const variables = { input: { lines: Array(listed).fill({}) } };
      void shedding.enter(each, variables).then((leave) => {
        one.leave = leave;
      });
      return one;
    });
  /** The turn has read all that there was. */
  const endTurn = () => time.advance(0);
  const come = async (each: never, count: number, listed?: number) => {
    const came = enter(each, count, listed);
    await endTurn();
    return came;
  };
  const are = (came: readonly Come[]) => ({
    in: came.filter(({ leave }) => typeof leave === 'function').length,
    wait: came.filter(({ leave }) => leave === 'waits').length,
    refused: came.filter(({ leave }) => leave === undefined).length,
  });
  const leave = (came: readonly Come[]) => {
    for (const one of came) {
      if (typeof one.leave !== 'function') continue;
      one.leave();
      one.leave = () => {};
    }
  };
  const leaveAll = async (came: readonly Come[]) => {
    leave(came);
    await endTurn();
  };
  /** Rounds of so many at once that are all answered after this time. */
  const answer = async (
    each: never,
    tookMs: number,
    more: { atOnce: number; rounds?: number; listed?: number },
  ) => {
    const { atOnce, rounds = 20, listed } = more;
    for (let round = 0; round < rounds; round += 1) {
      const came = await come(each, atOnce, listed);
      await time.advance(tookMs);
      await leaveAll(came);
    }
  };

  /** So many carts may be answered at once after that. */
  const cartsLeft = 38;
  /** More than can be answered come until some are refused. */
  const overload = async () => {
    const came = await come(cart, 200);
    await time.advance(600);
    await leaveAll(came);
    expect(are(came).refused).toBe(136);
  };

  it('lets a rush wait a moment, and all of it in when it is answered soon', async () => {
    const came = await come(look, 300);
    expect(are(came)).toEqual({ in: 64, wait: 236, refused: 0 });
    for (let round = 0; round < 5; round += 1) {
      await time.advance(20);
      await leaveAll(came);
    }
    expect(are(came)).toEqual({ in: 300, wait: 0, refused: 0 });
  });

  it('refuses who has waited for a quarter of a second', async () => {
    const came = await come(cart, 200);
    await time.advance(240);
    expect(are(came)).toEqual({ in: 64, wait: 136, refused: 0 });
    await time.advance(30);
    expect(are(came)).toEqual({ in: 64, wait: 0, refused: 136 });
  });

  it('refuses browsing and carts at once after that', async () => {
    await overload();
    const inHand = await come(cart, cartsLeft);
    expect(are(await come(cart, 10))).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(await come(look, 10))).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(await come(order, 64))).toEqual({ in: 64, wait: 0, refused: 0 });
    const late = await come(order, 10);
    expect(are(late)).toEqual({ in: 0, wait: 10, refused: 0 });
    await time.advance(300);
    expect(are(late)).toEqual({ in: 0, wait: 0, refused: 10 });
    expect(are(inHand)).toEqual({ in: cartsLeft, wait: 0, refused: 0 });
  });

  it('lets fewer in while answers take much longer than usual, never none', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 60 });
    expect(are(await come(cart, 10)).in).toBe(2);
    expect(are(await come(order, 60)).in).toBe(60);
  });

  it('lets fewer carts in while the event loop turns slowly, however quick they are', async () => {
    await overload();
    for (let round = 0; round < 60; round += 1) {
      leave(await come(cart, cartsLeft));
      time.pass(30);
      await endTurn();
    }
    expect(are(await come(cart, 10)).in).toBe(2);
    expect(are(await come(order, 60)).in).toBe(60);
  });

  it('lets fewer carts in as soon as too many are late, once for all that were in', async () => {
    await overload();
    const carts = await come(cart, cartsLeft);
    await time.advance(600);
    await leaveAll(carts.slice(0, 4));
    expect(are(await come(cart, cartsLeft)).in).toBe(0);
    await leaveAll(carts);
    expect(are(await come(cart, cartsLeft)).in).toBe(23);
  });

  it('knows that a cart of many SKUs takes longer', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await answer(cart, 200, { atOnce: 20, listed: 40 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 20, listed: 40 });
    expect(are(await come(cart, 64)).in).toBe(64);
  });

  it('makes carts few when orders are slow, orders only when they are for long', async () => {
    await answer(order, 100, { atOnce: 20 });
    await overload();
    await answer(order, 450, { atOnce: 64, rounds: 5 });
    const carts = await come(cart, cartsLeft);
    expect(are(carts).in).toBe(cartsLeft);
    await leaveAll(carts);
    await answer(order, 600, { atOnce: 100, rounds: 20 });
    expect(are(await come(cart, 64)).in).toBe(2);
    expect(are(await come(order, 64)).in).toBe(32);
  });

  it('makes carts few as soon as orders take long, long before orders are few', async () => {
    await answer(order, 10, { atOnce: 20, rounds: 150 });
    await overload();
    await answer(order, 100, { atOnce: 64, rounds: 40 });
    expect(are(await come(cart, 64)).in).toBe(2);
    expect(are(await come(order, 64)).in).toBe(64);
  });

  it('is as at first once nobody was refused for a while', async () => {
    await answer(cart, 10, { atOnce: 20, rounds: 150 });
    await overload();
    await answer(cart, 200, { atOnce: 100, rounds: 20 });
    await time.advance(6_000);
    expect(are(await come(cart, 100))).toEqual({ in: 64, wait: 36, refused: 0 });
  });

  it('has a place again when the turn is over, for orders already after a part of it', async () => {
    await overload();
    const carts = await come(cart, cartsLeft);
    const orders = await come(order, 64);
    leave([...carts, ...orders]);
    const tooEarly = enter(cart, 1);
    const next = enter(order, 128);
    await Promise.resolve();
    expect(are(next)).toEqual({ in: 72, wait: 56, refused: 0 });
    tooEarly.push(...enter(cart, 1));
    await endTurn();
    expect(are(tooEarly).refused).toBe(2);
    expect(are(await come(cart, cartsLeft)).in).toBe(cartsLeft);
  });

  it('refuses together whom it refuses in a part of the turn', async () => {
    await overload();
    const inHand = enter(cart, cartsLeft);
    const refused = enter(cart, 20);
    await Promise.resolve();
    expect(are(refused)).toEqual({ in: 0, wait: 20, refused: 0 });
    const next = enter(cart, 128);
    await Promise.resolve();
    expect(are(refused).refused).toBe(20);
    expect(are(inHand).in).toBe(cartsLeft);
    await endTurn();
    expect(are(next).refused).toBe(128);
  });

  it('never has more than it may, waiting or not', async () => {
    const came = enter(order, most + 5);
    expect(shedding.inFlight()).toBe(most);
    await endTurn();
    expect(are(came).refused).toBe(5);
  });
});
