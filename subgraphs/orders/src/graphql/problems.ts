/** Refusals as the contract's problems: each its own type, its facts in fields. */
import { unreachable } from '@holdfast/chassis/decider';
import { shownUnits } from '@holdfast/schema/quantities';
import type { Refusal } from '../refusal.ts';

export type Problem = {
  readonly __typename: Refusal['type'];
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly path: readonly string[] | null;
};

const codes: Readonly<Record<Refusal['type'], string>> = {
  InsufficientStock: 'INSUFFICIENT_STOCK',
  UnknownSku: 'UNKNOWN_SKU',
  NotFound: 'NOT_FOUND',
  NotAllowed: 'NOT_ALLOWED',
  VersionConflict: 'VERSION_CONFLICT',
  InvalidInput: 'INVALID_INPUT',
  IdempotencyKeyReused: 'IDEMPOTENCY_KEY_REUSED',
  Overloaded: 'OVERLOADED',
};

/** The contract: the same request, under a new key, may succeed later. */
const retryable: ReadonlySet<string> = new Set<Refusal['type']>([
  'InsufficientStock',
  'VersionConflict',
  'Overloaded',
]);

const shortfallsMax = 100;

/** @param unitsShownMax the largest stock that the caller may see */
export function problem(refusal: Refusal, unitsShownMax: number): Problem {
  const { type } = refusal;
  const common = (message: string, path: readonly string[] | null) => ({
    ...{ __typename: type, code: codes[type], message, retryable: retryable.has(type), path },
  });
  switch (refusal.type) {
    case 'InsufficientStock': {
      const shortfalls = refusal.shortfalls.slice(0, shortfallsMax).map((short) => ({
        sku: short.sku,
        requested: shownUnits(short.requestedUnits),
        available: Math.min(shownUnits(short.availableUnits), unitsShownMax),
      }));
      return { ...common('There is not enough stock.', refusal.path), ...{ shortfalls } };
    }
    case 'UnknownSku':
      return {
        ...common('A SKU does not exist.', refusal.path),
        ...{ skus: refusal.skus.slice(0, shortfallsMax) },
      };
    case 'NotFound':
      return common(`${refusal.path.at(-1)} names nothing that is there for you.`, refusal.path);
    case 'NotAllowed':
      return { ...common(refusal.reason, null), ...{ reason: refusal.reason } };
    case 'VersionConflict': {
      const { currentVersion } = refusal;
      const message = `The order has changed; its version is ${currentVersion}.`;
      return { ...common(message, ['expectedVersion']), ...{ currentVersion } };
    }
    case 'InvalidInput':
      return common(refusal.message, refusal.path);
    case 'IdempotencyKeyReused':
      return common('The idempotency key was used before, with other content.', ['idempotencyKey']);
    case 'Overloaded': {
      const { retryAfterMs } = refusal;
      return { ...common('Too much waits already; send it again.', null), ...{ retryAfterMs } };
    }
    default:
      return unreachable(refusal);
  }
}
