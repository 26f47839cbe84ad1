import type { Caller } from '@holdfast/schema/caller';

/** Who asks, and for what: goes with every command. */
export type Asked = {
  readonly caller: Caller;
  /** A keyed hash of the input, to tell a retry from another request under the same key. */
  readonly input: string;
  readonly trace: string;
};
