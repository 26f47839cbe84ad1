import type { Caller } from '@holdfast/schema/caller';
import { describe, expect, it } from 'vitest';
import { createRates } from './rates.ts';

const shop: Caller = { role: 'storefront', id: 'shop', scopes: [] };
const agent: Caller = { role: 'agent', id: 'agent', scopes: [] };

const rates = () => {
  let now = 0;
  const take = createRates({
    storefront: { burst: 2, perSecond: 4 },
    otherKeys: { burst: 3, perSecond: 1 },
    now: () => now,
  });
  const wait = (ms: number) => {
    now += ms;
  };
  /** Milliseconds to wait, 0 when taken. */
  const waitFor = (caller: Caller, address: string, ...fields: string[]) =>
    take(caller, address, fields)?.extensions.retryAfterMs ?? 0;
  return { waitFor, wait };
};

describe('rates', () => {
  it('lets a burst through, then what comes back each second', () => {
    const { waitFor, wait } = rates();
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(0);
    expect(waitFor(shop, 'a', 'placeOrder')).toBe(0);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(250);
    wait(249);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(1);
    wait(1);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(0);
  });

  it('counts a storefront key by address, and other keys wherever they are', () => {
    const { waitFor } = rates();
    expect(waitFor(shop, 'a', 'reserveStock', 'reserveStock')).toBe(0);
    expect(waitFor(shop, 'b', 'reserveStock', 'reserveStock')).toBe(0);
    expect(waitFor(agent, 'a', 'placeOrder', 'placeOrder')).toBe(0);
    expect(waitFor(agent, 'b', 'placeOrder', 'placeOrder')).toBe(1_000);
  });

  it('never lets more gather than a burst', () => {
    const { waitFor, wait } = rates();
    wait(60_000);
    expect(waitFor(shop, 'a', 'reserveStock', 'reserveStock')).toBe(0);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(250);
  });

  it('lets a full bucket pay for more than it holds, so that no request waits forever', () => {
    const { waitFor, wait } = rates();
    const five = Array.from({ length: 5 }, () => 'placeOrder');
    expect(waitFor(shop, 'a', ...five)).toBe(0);
    expect(waitFor(shop, 'a', ...five)).toBe(500);
    wait(500);
    expect(waitFor(shop, 'a', ...five)).toBe(0);
  });

  it('takes nothing for what is not rated, and nothing when it refuses', () => {
    const { waitFor, wait } = rates();
    expect(waitFor(shop, 'a', 'availability', 'item', 'releaseReservation')).toBe(0);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(0);
    expect(waitFor(shop, 'a', 'reserveStock', 'reserveStock')).toBe(250);
    expect(waitFor(shop, 'a', 'reserveStock')).toBe(0);
    wait(0);
  });
});
