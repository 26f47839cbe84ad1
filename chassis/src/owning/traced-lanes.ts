/** A span for each command, from its coming to its durable answer, wherever its lane is. */
import { asTraceparent, type Tracing } from '@holdfast/schema/tracing';
import type { Handled } from '../lane/lane.ts';
import type { Lanes, Looks } from './lanes.ts';

const factsOf = ({ outcome, version, replayed }: Handled<unknown>) => ({
  'holdfast.outcome': 'accepted' in outcome ? 'accepted' : outcome.rejected.type,
  'holdfast.version': version,
  'holdfast.replayed': replayed,
});

export function tracedLanes<Command, Known extends Looks>(
  lanes: Lanes<Command, Known>,
  tracing: Tracing,
): Lanes<Command, Known> {
  if (!tracing.on) return lanes;
  const handle: Lanes<Command, Known>['handle'] = async (lane, command, look, subject) => {
    const { record } = command;
    const parent = asTraceparent(record.trace);
    const facts = { 'holdfast.context': lanes.context, 'holdfast.lane': lane };
    const span = parent && tracing.start({ name: `command ${record.type}`, parent, facts });
    if (!span) return lanes.handle(lane, command, look, subject);
    // The commit is a part of the command, so it is told the command's span.
    const own = { ...command, record: { ...record, trace: span.traceparent } };
    try {
      const handled = await lanes.handle(lane, own, look, subject);
      span.end(factsOf(handled));
      return handled;
    } catch (failure) {
      span.end({}, failure);
      throw failure;
    }
  };
  return { ...lanes, handle };
}
