import { residentMib, startHoldfastProcess } from '../holdfast-process.ts';
import type { BadgesCase, BadgesFigures } from '../measure/badges.ts';
import { measure } from '../measure/child.ts';
import {
  atMost,
  type Figure,
  milliseconds,
  p50AndP99,
  type Row,
  type RowOptions,
  wholeNumber,
} from '../row.ts';

const storeSkus = 10_000;
const skusEach = 20;
const eventsPerSecond = 100;
const latencyGoalMs = 100;
const callers = 32;
/** All of these clients see the same: one scope. */
const executionsGoal = 1.05;

async function runOne(subscribers: number, { quick, storeOf }: RowOptions) {
  const holdfast = await startHoldfastProcess({ folder: await storeOf(storeSkus) });
  const { endpoint, keys, pid } = holdfast;
  const found = await measure<BadgesCase, BadgesFigures>('badges.ts', {
    ...{ endpoint, key: keys.partner, serverPid: pid, skus: storeSkus, subscribers, skusEach },
    connections: callers,
    ...{ eventsPerSecond, steadyMs: quick ? 3_000 : 10_000, floodMs: quick ? 2_000 : 5_000 },
  });
  const peakMib = residentMib(pid, 'peak');
  await holdfast.stop();
  return { ...found, peakMib };
}

function tellOne(
  subscribers: number,
  found: BadgesFigures & { readonly peakMib: number },
  tell: (figure: Figure) => void,
): void {
  const { p50Ms, p99Ms, executionsPerEvent } = found;
  const missing = found.expected - found.delivered;
  tell({
    what: `${wholeNumber(subscribers)} subscribers, request to badge`,
    value: [
      p50AndP99(p50Ms, p99Ms),
      `of that the durable change ${p50AndP99(found.changeP50Ms, found.changeP99Ms)}`,
      `${wholeNumber(found.events)} changes, ${wholeNumber(found.delivered)} deliveries`,
      ...(missing > 0 ? [`${wholeNumber(missing)} replaced by newer ones`] : []),
    ].join(' · '),
    numbers: found,
    goals: subscribers === 10_000 ? [atMost(p99Ms, latencyGoalMs, '100 ms')] : [],
  });
  tell({
    what: '  executions a change, one scope',
    value: executionsPerEvent.toFixed(2),
    numbers: { executionsPerEvent },
    goals: [atMost(executionsPerEvent, executionsGoal, 'one (1.05)')],
  });
  tell({
    what: `  as many changes as ${callers} callers make`,
    value: [
      `${wholeNumber(found.floodEventsPerSecond)} changes/s`,
      `${wholeNumber(found.floodDeliveriesPerSecond)} deliveries/s`,
    ].join(' · '),
    numbers: {
      eventsPerSecond: found.floodEventsPerSecond,
      deliveriesPerSecond: found.floodDeliveriesPerSecond,
    },
    goals: [],
  });
  tell({
    what: '  memory',
    value: [
      `${found.kibPerSubscriber.toFixed(1)} KiB a subscriber`,
      `server ${found.serverMib} MiB, peak ${found.peakMib} MiB`,
      `all subscribed in ${milliseconds(found.subscribeMs)}`,
    ].join(' · '),
    numbers: { kibPerSubscriber: found.kibPerSubscriber, peakMib: found.peakMib },
    goals: [],
  });
}

export const badge: Row = {
  name: 'badge',
  title: `Badges: each subscriber its own ${skusEach} of 10,000 SKUs, ${eventsPerSecond} changes/s`,
  async run(options, tell) {
    for (const subscribers of options.quick ? [1_000] : [1_000, 10_000]) {
      tellOne(subscribers, await runOne(subscribers, options), tell);
    }
  },
};
