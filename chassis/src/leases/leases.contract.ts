/** What every adapter of the leases must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease, Leases } from './leases.ts';

export type HolderUnderTest = {
  readonly leases: Leases;
  /** Its way to the others breaks; nobody is told. */
  cut(): void;
  heal(): void;
  /** Ends without a farewell. */
  end(): void;
};

export type LeasesUnderTest = {
  readonly ttlMs: number;
  readonly renewMs: number;
  /** One more process. */
  process(): Promise<HolderUnderTest>;
  /** Lets this much time pass, and everything that is under way arrive. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
};

export function leasesContract(name: string, open: () => Promise<LeasesUnderTest>): void {
  describe(`leases: ${name}`, () => {
    let under: LeasesUnderTest;
    let one: HolderUnderTest;
    let other: HolderUnderTest;
    beforeEach(async () => {
      under = await open();
      one = await under.process();
      other = await under.process();
    });
    afterEach(() => under.close());

    const stepMs = 100;
    const held = async (by: HolderUnderTest, lease = 'inventory.07'): Promise<Lease> => {
      const taken = await by.leases.tryHold(lease);
      if (!taken) throw new Error(`${lease} is not free`);
      return taken;
    };
    /** Time until `done` says so, at most `limitMs`. */
    const passUntil = async (limitMs: number, done: () => Promise<boolean>): Promise<number> => {
      for (let passedMs = 0; passedMs <= limitMs; passedMs += stepMs) {
        if (await done()) return passedMs;
        await under.pass(stepMs);
      }
      throw new Error(`not within ${limitMs} ms`);
    };
    const isLost = (lease: Lease) => {
      const told = { lost: false };
      void lease.lost.then(() => {
        told.lost = true;
      });
      return told;
    };

    it('has one holder, also when many ask at the same moment', async () => {
      const asked = await Promise.all(
        [one, other, one, other].map(({ leases }) => leases.tryHold('inventory.07')),
      );
      expect(asked.filter((lease) => lease !== undefined)).toHaveLength(1);
      expect(asked.find((lease) => lease !== undefined)).toMatchObject({ name: 'inventory.07' });
    });

    it('keeps leases apart', async () => {
      await held(one, 'inventory.07');
      const lease = await held(other, 'inventory.08');
      expect(lease.holds()).toBe(true);
      expect(await other.leases.tryHold('inventory.07')).toBeUndefined();
    });

    it('is held as long as it is renewed', async () => {
      const lease = await held(one);
      const told = isLost(lease);
      for (let passedMs = 0; passedMs < 2.5 * under.ttlMs; passedMs += stepMs) {
        expect(lease.holds()).toBe(true);
        expect(await other.leases.tryHold('inventory.07')).toBeUndefined();
        await under.pass(stepMs);
      }
      expect(told.lost).toBe(false);
    });

    it('is free at once when it is released, and says so', async () => {
      const lease = await held(one);
      await under.pass(0);
      let hints = 0;
      other.leases.onChange(() => {
        hints += 1;
      });
      await lease.release();
      await lease.lost;
      expect(lease.holds()).toBe(false);
      const next = await held(other);
      await passUntil(under.ttlMs, async () => hints > 0);
      expect(next.holds()).toBe(true);
      // A second farewell takes nothing from the next one.
      await lease.release();
      expect(await one.leases.tryHold('inventory.07')).toBeUndefined();
      expect(next.holds()).toBe(true);
    });

    it('can be taken again by the one who let it go', async () => {
      await (await held(one)).release();
      const again = await held(one);
      await under.pass(under.renewMs + 2 * stepMs);
      expect(again.holds()).toBe(true);
    });

    it('ends by itself when its holder ends, and the next one takes it', async () => {
      await held(one);
      await under.pass(0);
      let hints = 0;
      other.leases.onChange(() => {
        hints += 1;
      });
      one.end();
      expect(await other.leases.tryHold('inventory.07')).toBeUndefined();
      await passUntil(
        2 * under.ttlMs,
        async () => (await other.leases.tryHold('inventory.07')) !== undefined,
      );
      await passUntil(under.ttlMs, async () => hints > 0);
    });

    it('is not held any more before anybody else can have it', async () => {
      const lease = await held(one);
      const told = isLost(lease);
      one.cut();
      let firstLostAt: number | undefined;
      let passedMs = 0;
      await passUntil(2 * under.ttlMs, async () => {
        if (!lease.holds()) firstLostAt ??= passedMs;
        const next = await other.leases.tryHold('inventory.07');
        if (next) expect(lease.holds()).toBe(false);
        passedMs += stepMs;
        return next !== undefined;
      });
      expect(firstLostAt).toBeLessThanOrEqual(under.ttlMs);
      await under.pass(0);
      expect(told.lost).toBe(true);
      one.heal();
    });

    it('outlives a short break', async () => {
      const lease = await held(one);
      await under.pass(0);
      one.cut();
      await under.pass(under.ttlMs * 0.2);
      one.heal();
      await under.pass(1.5 * under.ttlMs);
      expect(lease.holds()).toBe(true);
      expect(await other.leases.tryHold('inventory.07')).toBeUndefined();
    });

    it('refuses a name that it cannot keep', async () => {
      for (const bad of ['', 'Inventory', 'a b', 'a..b', '.a', 'a.', 'a*', 'x'.repeat(65)]) {
        await expect(one.leases.tryHold(bad), bad).rejects.toThrow(/1 to 64 of a-z/);
      }
    });

    describe('members', () => {
      const members = (of: HolderUnderTest, group = 'inventory') => of.leases.members(group);
      const passUntilMembers = (of: HolderUnderTest, ids: readonly string[]) =>
        passUntil(4 * under.ttlMs, async () => `${await members(of)}` === `${ids}`);

      it('are those who joined, sorted, with different ids', async () => {
        await one.leases.join('inventory');
        expect(await members(one)).toEqual([one.leases.self]);
        await other.leases.join('inventory');
        const both = [one.leases.self, other.leases.self].sort();
        expect(new Set(both).size).toBe(2);
        await passUntilMembers(one, both);
        await passUntilMembers(other, both);
        expect(await members(one, 'orders')).toEqual([]);
      });

      it('are told of who comes and who leaves', async () => {
        let hints = 0;
        const stop = one.leases.onChange(() => {
          hints += 1;
        });
        const leave = await other.leases.join('inventory');
        await passUntilMembers(one, [other.leases.self]);
        expect(hints).toBeGreaterThan(0);
        hints = 0;
        await leave();
        await passUntilMembers(one, []);
        expect(hints).toBeGreaterThan(0);
        stop();
        hints = 0;
        await other.leases.join('inventory');
        await under.pass(0);
        expect(hints).toBe(0);
      });

      it('are known to who comes late', async () => {
        await one.leases.join('inventory');
        const late = await under.process();
        await passUntilMembers(late, [one.leases.self]);
      });

      it('stay while they live and are gone some time after they end', async () => {
        await one.leases.join('inventory');
        await under.pass(2.5 * under.ttlMs);
        expect(await members(other)).toEqual([one.leases.self]);
        one.end();
        await passUntilMembers(other, []);
      });

      it('come back by themselves after an outage', async () => {
        await one.leases.join('inventory');
        await under.pass(0);
        one.cut();
        await passUntilMembers(other, []);
        one.heal();
        await passUntilMembers(other, [one.leases.self]);
      });
    });
  });
}
