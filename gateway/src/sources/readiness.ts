/** Asks each process of a subgraph again and again whether it is ready. */
import type { OwnedLanes } from '@holdfast/schema/subgraph';
import { request } from 'undici';
import { z } from 'zod';
import type { LiveClock } from '../live/live-clock.ts';
import type { Address } from './addresses.ts';

const probePeriodMs = 1_000;
const probeTimeoutMs = 900;
const bytesMax = 16 * 1024;

const lanesMax = 1_024;
const lane = z
  .int()
  .min(0)
  .max(lanesMax - 1);
const told = z.object({
  reasons: z.array(z.string().max(500)).max(20),
  lanes: z
    .object({ count: z.int().min(1).max(lanesMax), owned: z.array(lane).max(lanesMax) })
    .optional(),
});

/** What it says of itself, and why it is not ready. */
type Heard = {
  readonly unreadyBecause: string | undefined;
  readonly lanes?: OwnedLanes | undefined;
};

const heardIn = (text: string, status: number): Heard => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined; // Then its status says all.
  }
  const { reasons = [], lanes } = told.safeParse(parsed).data ?? {};
  const because = reasons.join('; ') || `it answers ${status}`;
  return { unreadyBecause: status === 200 ? undefined : because, lanes };
};

const probe = async ({ origin }: Address): Promise<Heard> => {
  try {
    const { statusCode, body } = await request(`${origin}/readyz`, {
      headersTimeout: probeTimeoutMs,
      bodyTimeout: probeTimeoutMs,
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      if (text.length > bytesMax) return { unreadyBecause: 'it answers what is no readiness' };
    }
    return heardIn(text, statusCode);
  } catch {
    // Which is all there is to know of it from here.
    return { unreadyBecause: 'it cannot be reached' };
  }
};

/** @returns stops it */
export const probeReadiness = (addresses: readonly Address[], clock: LiveClock): (() => void) => {
  const underWay = new Set<Address>();
  const look = (address: Address) => {
    if (underWay.has(address)) return;
    underWay.add(address);
    void probe(address).then(({ unreadyBecause, lanes }) => {
      underWay.delete(address);
      Object.assign(address, { unreadyBecause, lanes });
    });
  };
  const lookAtAll = () => {
    for (const address of addresses) look(address);
  };
  lookAtAll();
  return clock.every(probePeriodMs, lookAtAll);
};
