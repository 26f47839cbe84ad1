/**
 * The port to leases: who may call itself the owner of a lane just now. A hint for efficiency, so
 * that two processes do not fight over one lane; safety is the log's unique version (DESIGN 2).
 */

/** What is held, e.g. lane 7 of inventory. A name is 1 to 64 of `a-z`, `0-9`, `-` and `.`. */
export type LeaseName = string;

export type Lease = {
  readonly name: LeaseName;
  /** True as long as nobody else can hold it, by this process's monotonic time: renewed in time. */
  holds(): boolean;
  /** Lets it go at once, so that the next one need not wait until it ends by itself. */
  release(): Promise<void>;
  /** Resolves when it is no longer held: released, expired, or taken after a pause of ours. */
  readonly lost: Promise<void>;
};

export type Leases = {
  /**
   * Undefined while somebody else holds it, or this process does already. It is renewed until it is
   * released or lost.
   * @throws when that is not known, e.g. the bus is away; ask again
   */
  tryHold(name: LeaseName): Promise<Lease | undefined>;
  /**
   * Makes this process known under a group, e.g. `inventory`, until the result is called or the
   * process ends; after an outage it comes back by itself.
   * @throws when that is not known; join again
   */
  join(group: string): Promise<() => Promise<void>>;
  /** Ids of the living members of a group, sorted, this process's included once it has joined. */
  members(group: string): Promise<readonly string[]>;
  /** This process's id among the members. */
  readonly self: string;
  /** Calls when a lease may have become free or the members may have changed: a hint to look. */
  onChange(listener: () => void): () => void;
};

/** A lease ends this long after its holder's pulse was last renewed (DECISIONS 50, 97). */
export const leaseTtlMs = 1_600;
export const leaseRenewMs = 500;
/** The rows of who has died go after so long. */
export const leaseRowMs = 60_000;
