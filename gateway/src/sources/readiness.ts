/** Asks each process of a subgraph again and again whether it is ready. */
import { request } from 'undici';
import { z } from 'zod';
import type { LiveClock } from '../live/live-clock.ts';
import type { Address } from './addresses.ts';

const probePeriodMs = 1_000;
const probeTimeoutMs = 900;
const bytesMax = 16 * 1024;

const told = z.object({ reasons: z.array(z.string().max(500)).max(20) });

const reasonFrom = (text: string, status: number): string => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return `it answers ${status}`;
  }
  const { data } = told.safeParse(parsed);
  return data?.reasons.join('; ') || `it answers ${status}`;
};

/** @returns why it is not ready */
const probe = async ({ origin }: Address): Promise<string | undefined> => {
  try {
    const { statusCode, body } = await request(`${origin}/readyz`, {
      headersTimeout: probeTimeoutMs,
      bodyTimeout: probeTimeoutMs,
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      if (text.length > bytesMax) return 'it answers what is no readiness';
    }
    return statusCode === 200 ? undefined : reasonFrom(text, statusCode);
  } catch {
    return 'it cannot be reached'; // Which is all there is to know of it from here.
  }
};

/** @returns stops it */
export const probeReadiness = (addresses: readonly Address[], clock: LiveClock): (() => void) => {
  const underWay = new Set<Address>();
  const look = (address: Address) => {
    if (underWay.has(address)) return;
    underWay.add(address);
    void probe(address).then((reason) => {
      underWay.delete(address);
      address.unreadyBecause = reason;
    });
  };
  const lookAtAll = () => {
    for (const address of addresses) look(address);
  };
  lookAtAll();
  return clock.every(probePeriodMs, lookAtAll);
};
