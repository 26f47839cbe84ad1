/** The lanes of a context where they are to be: all here, or wherever leases put them. */
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import type { CommandDoor } from '../asking/command-door.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Lane, LeaseNow } from '../lane/lane.ts';
import type { Leases } from '../leases/leases.ts';
import type { EventLog } from '../log/event-log.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import type { View } from '../stream-kind.ts';
import type { LaneCompany } from './lane-company.ts';
import type { Lanes, Looks } from './lanes.ts';
import { localLanes } from './local-lanes.ts';
import { routedLanes } from './routed-lanes.ts';
import { tracedLanes } from './traced-lanes.ts';

/** `here`: in this process, whoever else may run them too. `leased`: each with one owner. */
export type Placement =
  | { readonly type: 'here' }
  | {
      readonly type: 'leased';
      readonly leases: Leases;
      readonly door: CommandDoor;
      /** A bus that does not leave this process, for what follows a lane beside its owner. */
      readonly nearBus: () => Bus;
    };

export const allHere: Placement = { type: 'here' };

export type LanesOptions<Command, Known extends Looks> = {
  readonly context: string;
  readonly count: number;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly looks: Known;
  /** What looks see of a lane; as it is when left out. */
  readonly viewOf?: (lane: number, view: View) => View;
  /** Opens the runtime of a lane. @param lease by which it is opened, where leases are used */
  readonly open: (lane: number, lease?: LeaseNow) => Lane<Command>;
  /** What runs beside the lane, made anew each time it is opened. */
  readonly companyOf: (lane: number) => LaneCompany;
  /** Before a lane is opened: what it must have seen. */
  readonly beforeOpen?: (lane: number) => Promise<void>;
  readonly onFailure: (failure: unknown) => void;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
};

export const openLanes = <Command, Known extends Looks>(
  placement: Placement,
  options: LanesOptions<Command, Known>,
): Lanes<Command, Known> =>
  tracedLanes(
    placement.type === 'here' ? localLanes(options) : routedLanes(options, placement),
    options.tracing ?? noTracing,
  );

/** A relay that outlives its process on a bus that does too needs to know where it was. */
export const markIfLeased = (placement: Placement, readModel: ReadModel) =>
  placement.type === 'leased' ? { mark: readModel } : {};
