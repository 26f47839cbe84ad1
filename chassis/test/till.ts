/**
 * A tiny domain for suites of the lane: tills with units in them, and an alarm that says that time
 * has passed.
 */
import type { Instant } from '../src/clock.ts';
import type { DomainEvent } from '../src/commit.ts';
import { accept, assert, type Decision, needs, reject } from '../src/decider.ts';
import { createLane } from '../src/lane/create-lane.ts';
import type { Lane, LaneCommand, LaneOptions, LaneRejection } from '../src/lane/lane.ts';
import { type StreamKind, streamName, type View } from '../src/stream-kind.ts';

export type Till = { units: number; takes: number; alarmAt: Instant | undefined; rang: Instant[] };

type TillEvent = DomainEvent &
  (
    | { readonly type: 'Put'; readonly units: number }
    | { readonly type: 'Taken'; readonly units: number }
    | { readonly type: 'AlarmSet'; readonly alarmAt: Instant }
    | { readonly type: 'AlarmRang' }
  );

export const till: StreamKind<Till, TillEvent> = {
  prefix: 'till',
  initial: () => ({ units: 0, takes: 0, alarmAt: undefined, rang: [] }),
  evolve(state, event, { at }) {
    switch (event.type) {
      case 'Put':
        state.units += event.units;
        return state;
      case 'Taken':
        state.units -= event.units;
        state.takes += 1;
        return state;
      case 'AlarmSet':
        state.alarmAt = event.alarmAt;
        return state;
      case 'AlarmRang':
        state.alarmAt = undefined;
        state.rang.push(at);
        return state;
    }
  },
  encode: (state) => JSON.stringify(state),
  decode: (text) => ({ alarmAt: undefined, ...(JSON.parse(text) as Omit<Till, 'alarmAt'>) }),
  due: ({ alarmAt }) => alarmAt,
};

export type TillCommand =
  | { readonly type: 'Put' | 'Take'; readonly till: string; readonly units: number }
  | { readonly type: 'Move'; readonly from: string; readonly to: string; readonly units: number }
  | { readonly type: 'SetAlarm'; readonly till: string; readonly alarmAt: Instant }
  | { readonly type: 'TimePassed'; readonly till: string };

type TillDecision = Decision<TillEvent, unknown, LaneRejection>;

const empty = (state: Till) => reject({ type: 'TillEmpty', units: state.units });

export function decideTill(command: TillCommand, view: View, at: Instant): TillDecision {
  if (command.type === 'Move') return decideMove(command, view);
  const stream = streamName(till, command.till);
  const state = view.get(till, command.till);
  switch (command.type) {
    case 'Put':
      if (command.units === 0) return reject({ type: 'NothingGiven', notKept: true });
      return accept([{ stream, events: [{ type: 'Put', units: command.units }] }], 'put');
    case 'Take':
      if (command.units > state.units) return empty(state);
      return accept([{ stream, events: [{ type: 'Taken', units: command.units }] }], {
        left: state.units - command.units,
      });
    case 'SetAlarm':
      return accept([{ stream, events: [{ type: 'AlarmSet', alarmAt: command.alarmAt }] }], null);
    case 'TimePassed':
      if (state.alarmAt === undefined || state.alarmAt > at) return accept([], null);
      return accept([{ stream, events: [{ type: 'AlarmRang' }] }], null);
  }
}

/** The till that it goes to is asked for only when the decision comes to it. */
function decideMove(command: TillCommand & { type: 'Move' }, view: View): TillDecision {
  const { from, to, units } = command;
  const target = streamName(till, to);
  if (!view.has(target)) return needs([target]);
  const source = view.get(till, from);
  if (units > source.units) return empty(source);
  return accept(
    [
      { stream: streamName(till, from), events: [{ type: 'Taken', units }] },
      { stream: target, events: [{ type: 'Put', units }] },
    ],
    'moved',
  );
}

export const asked = (command: TillCommand, key?: string): LaneCommand<TillCommand> => ({
  command,
  record: {
    ...{ type: command.type, by: 'caller', actor: 'test' },
    ...(key === undefined ? {} : { key, input: JSON.stringify(command) }),
  },
  streams: [streamName(till, command.type === 'Move' ? command.from : command.till)],
});

export const put = (name: string, units: number, key?: string) =>
  asked({ type: 'Put', till: name, units }, key);
export const take = (name: string, units: number, key?: string) =>
  asked({ type: 'Take', till: name, units }, key);

export type TillLaneOptions = Pick<
  LaneOptions<TillCommand>,
  'log' | 'rows' | 'clock' | 'onFailure' | 'bounds' | 'lease' | 'strife'
> & { readonly lane?: number; readonly kinds?: LaneOptions<TillCommand>['kinds'] };

export const tillLane = (options: TillLaneOptions): Lane<TillCommand> =>
  createLane({
    ...{ context: 'inventory', lane: 0, kinds: [till], decide: decideTill, ...options },
    timePassed: (stream) => asked({ type: 'TimePassed', till: stream.slice('till/'.length) }),
    isUrgent: ({ type }) => type === 'Move',
    checkLaw: (view, stream) =>
      assert(view.get(till, stream.slice('till/'.length)).units >= 0, 'a till is never below zero'),
  });
