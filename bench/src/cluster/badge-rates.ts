/** From a change at one gateway to the badge of a shopper at the other, over the broker. */
import type { BadgesCase, BadgesFigures } from '../measure/badges.ts';
import { measure } from '../measure/child.ts';
import { atMost, type Figure, p50AndP99, wholeNumber } from '../row.ts';
import type { Cluster } from './start-cluster.ts';

const subscribers = 20;
const callers = 128;
/** Each change a request of its own, or several in one, as a warehouse books what has come. */
const loads = [
  { eventsPerSecond: 100, changesEach: 1 },
  { eventsPerSecond: 500, changesEach: 1 },
  { eventsPerSecond: 2_000, changesEach: 1 },
  { eventsPerSecond: 2_000, changesEach: 10 },
];
const goalRate = 2_000;
/** A rate counts as carried when the changes came as they were due. */
const carriedShare = 0.95;
const [p50GoalMs, p99GoalMs] = [10, 100];

const shown = (found: BadgesFigures, carried: number, isCarried: boolean): string =>
  [
    `from its durable commit on ${p50AndP99(found.fromDurableP50Ms, found.fromDurableP99Ms)}`,
    `from when that was begun ${p50AndP99(found.fromBegunP50Ms, found.fromBegunP99Ms)}`,
    `from its request on ${p50AndP99(found.p50Ms, found.p99Ms)}`,
    `from the change's answer on ${p50AndP99(found.afterAnswerP50Ms, found.afterAnswerP99Ms)}`,
    `the durable request itself ${p50AndP99(found.changeP50Ms, found.changeP99Ms)}`,
    `${wholeNumber(carried)}/s carried${isCarried ? '' : `, all that ${callers} callers get`}`,
    `without a pause ${wholeNumber(found.floodEventsPerSecond)}/s`,
  ].join(' · ');

export async function tellBadges(
  { gateways, keys, mongo, nats }: Cluster,
  quick: boolean,
  tell: (figure: Figure) => void,
): Promise<void> {
  const [first, second] = gateways;
  if (!first || !second) throw new Error('two gateways are needed');
  const steadyMs = quick ? 2_000 : 5_000;
  for (const load of loads) {
    const { eventsPerSecond, changesEach } = load;
    const found = await measure<BadgesCase, BadgesFigures>('badges.ts', {
      ...{ endpoint: second.endpoint, changesEndpoint: first.endpoint, key: keys.partner },
      ...{ serverPid: second.pid(), skus: 1, subscribers, skusEach: 1 },
      ...{ ...load, steadyMs, floodMs: 1_500, connections: callers },
      servers: { mongoUrl: mongo.url, natsUrl: nats.url },
    });
    const carried = (found.events / steadyMs) * 1_000;
    const isCarried = carried >= eventsPerSecond * carriedShare;
    const goals = [
      atMost(found.fromDurableP50Ms, p50GoalMs, '10 ms p50 at 2,000/s'),
      atMost(found.fromDurableP99Ms, p99GoalMs, '100 ms p99 at 2,000/s'),
    ].map((goal) => ({ ...goal, held: goal.held && isCarried }));
    tell({
      what:
        `one hot SKU, ${wholeNumber(eventsPerSecond)} changes/s, ` +
        `${changesEach} a request, to badge`,
      value: shown(found, carried, isCarried),
      numbers: { ...found, carried },
      goals: eventsPerSecond === goalRate ? goals : [],
    });
  }
}
