/** Lanes that all run in this process, whoever else runs them too: the log's fence keeps them. */
import type { Instant } from '../clock.ts';
import type { Outcome } from '../commit.ts';
import type { Lane } from '../lane/lane.ts';
import type { View } from '../stream-kind.ts';
import { inTurn, startLane, stopLane } from './lane-company.ts';
import type { Lanes, Looks } from './lanes.ts';
import type { LanesOptions } from './open-lanes.ts';

export function localLanes<Command, Known extends Looks>(
  options: LanesOptions<Command, Known>,
): Lanes<Command, Known> {
  const { context, count } = options;
  const looks = looking(options);
  const lanes = Array.from({ length: count }, (_, lane) => ({
    lane: options.open(lane),
    company: options.companyOf(lane),
  }));

  const at = (number: number): Lane<Command> => {
    const found = lanes[number];
    if (!found) throw new Error(`${context} has no lane ${number}`);
    return found.lane;
  };

  return {
    context,
    count,
    handle: (lane, command, name, subject) => at(lane).handle(command, looks(lane, name, subject)),
    async read(lane, streams, name, subject) {
      const show = looks(lane, name, subject);
      const shown = await at(lane).read(streams, (view, now) => show(view, now, nothingDecided));
      return { shown, version: at(lane).durableVersion() };
    },
    outcomeOf: (lane, record) => at(lane).outcomeOf(record),
    knownVersion: (lane) => at(lane).durableVersion(),
    async start() {
      for (const [number, { lane, company }] of lanes.entries()) {
        await options.beforeOpen?.(number);
        await startLane(lane, company);
      }
    },
    stop: () => inTurn(lanes, ({ lane, company }) => stopLane(lane, company)),
    figures: () => lanes.map(({ lane }, number) => ({ context, lane: number, ...lane.figures() })),
  };
}

/** What a look that is no answer to a command is given for its outcome. */
export const nothingDecided: Outcome = { accepted: null };

/** The look of that name as a lane calls it. */
export const looking =
  <Known extends Looks>({ looks, viewOf }: Pick<LanesOptions<never, Known>, 'looks' | 'viewOf'>) =>
  <Name extends keyof Known>(lane: number, name: Name, subject: Parameters<Known[Name]>[3]) => {
    const look = looks[name];
    if (!look) throw new Error(`there is no look called ${String(name)}`);
    return (view: View, at: Instant, outcome: Outcome) =>
      look(viewOf?.(lane, view) ?? view, at, outcome, subject) as ReturnType<Known[Name]>;
  };
