/** One kind of fault, injected into the system as it ships, and what must hold all the while. */
import type { FoundServers } from '@holdfast/test-servers/find-servers';

export type FaultReport = {
  /** What was done to it, counted; a row with nothing injected has proved nothing and fails. */
  readonly injected: Readonly<Record<string, number>>;
  /** What should never be, a sentence each. */
  readonly violations: readonly string[];
  /** For people, a line each. */
  readonly figures: readonly string[];
};

export type FaultOptions = {
  readonly servers: FoundServers;
  /** Short, for trying a change. */
  readonly quick: boolean;
  /** How often something is killed; a row's own number when undefined. */
  readonly kills: number | undefined;
};

export type FaultRow = {
  /** For `--only`. */
  readonly name: string;
  /** As in RELIABILITY 5.2, e.g. `R9`. */
  readonly bar: string;
  readonly title: string;
  run(options: FaultOptions): Promise<FaultReport>;
};
