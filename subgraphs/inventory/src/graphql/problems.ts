/** A rule said no: what a client reads of it. One place for codes and wording. */
import type { Outcome } from '@holdfast/chassis/commit';
import { Overloaded } from '@holdfast/chassis/lane/lane';
import { StoreAway } from '@holdfast/chassis/store-failure';
import { shownUnits } from '@holdfast/schema/quantities';
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import type { PublicRejection } from '../decide.ts';
import { InputRefused } from './parse-input.ts';

export type Problem = {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly path: readonly string[] | null;
};

const retryable = new Set(['InsufficientStock', 'VersionConflict', 'Overloaded']);

/** SHOUTED_NAME of a type's name. */
const codeOf = (type: string) => type.replaceAll(/(?<=.)([A-Z])/g, '_$1').toUpperCase();

export const problem = <Facts extends object>(
  type: string,
  message: string,
  path: readonly string[] | null,
  facts?: Facts,
): Problem & Facts =>
  Object.assign(
    { __typename: type, code: codeOf(type), message, retryable: retryable.has(type), path },
    facts,
  );

export const invalidInput = (path: readonly string[], message: string) =>
  problem('InvalidInput', message, path);

export const notFound = (path: readonly string[], message = 'there is no such thing') =>
  problem('NotFound', message, path);

const notAllowed = (path: readonly string[] | null, reason: string) =>
  problem('NotAllowed', reason, path, { reason });

/** The lines of the request as they came, to name the one that is at fault. */
export type AskedLines = readonly {
  readonly sku?: string | undefined;
  readonly locationCode?: string | undefined;
}[];

export type ProblemContext = {
  readonly lines: AskedLines;
  /** The largest quantity that this caller is shown. */
  readonly cap: number;
};

type Rejection = PublicRejection | { readonly type: 'IdempotencyKeyReused' };

const lineOf = (lines: AskedLines, key: 'sku' | 'locationCode', value: unknown, field: string) => {
  const at = lines.findIndex((line) => line[key] === value);
  return at < 0 ? [field === 'quantity' ? 'quantity' : field] : ['lines', String(at), field];
};

/** @returns the member of the payload's union for a rejection */
export function problemOf(rejection: Rejection, { lines, cap }: ProblemContext): Problem {
  switch (rejection.type) {
    case 'IdempotencyKeyReused':
      return problem(
        'IdempotencyKeyReused',
        'this key was used with other content; use a new key',
        ['idempotencyKey'],
      );
    case 'ChannelNotFound':
      return notFound(['channel'], 'there is no such channel');
    case 'LocationNotFound':
      return notFound(
        lineOf(lines, 'locationCode', rejection.location, 'locationCode'),
        'there is no such location',
      );
    case 'LocationNotInChannel':
      return invalidInput(
        lineOf(lines, 'locationCode', rejection.location, 'locationCode'),
        'the channel does not promise from this location',
      );
    case 'ReservationNotFound':
      return notFound(['reservationId'], 'there is no such reservation');
    case 'NotFound':
      return notFound(rejection.path);
    case 'InvalidInput':
      return invalidInput(rejection.path, rejection.message);
    case 'UnknownSku':
      return problem(
        'UnknownSku',
        `there is no SKU ${rejection.skus.join(', ')}`,
        lineOf(lines, 'sku', rejection.skus[0], 'sku'),
        { skus: rejection.skus },
      );
    case 'AllocationOnly': {
      const reason = `${rejection.sku} is taken when its order is placed; it cannot be held before`;
      return notAllowed(lineOf(lines, 'sku', rejection.sku, 'sku'), reason);
    }
    case 'ReservationEnded': {
      const reason = `the reservation is ${rejection.status.toLowerCase()} already`;
      return notAllowed(['reservationId'], reason);
    }
    case 'NotAllowed':
      return notAllowed(rejection.path, rejection.reason);
    case 'VersionConflict': {
      const { currentVersion } = rejection;
      const message = 'the quantity is another one now; look again';
      return problem('VersionConflict', message, rejection.path, { currentVersion });
    }
    case 'InsufficientStock':
      return insufficientStock(rejection.shortfalls, lines, cap);
  }
}

type Short = {
  readonly sku: string;
  readonly requestedUnits: number;
  readonly availableUnits: number;
};

function insufficientStock(shortfalls: readonly Short[], lines: AskedLines, cap: number): Problem {
  const shown = shortfalls.map(({ sku, requestedUnits, availableUnits }) => ({
    sku,
    requested: shownUnits(requestedUnits),
    available: Math.min(shownUnits(availableUnits), cap),
    nextSupply: null,
    alternatives: null,
  }));
  const words = shown.map(
    ({ sku, requested, available }) => `${sku}: ${available} of ${requested}`,
  );
  const path = lineOf(lines, 'sku', shortfalls[0]?.sku, 'quantity');
  return problem('InsufficientStock', `not enough stock; there is ${words.join(', ')}`, path, {
    shortfalls: shown,
  });
}

/**
 * The payload for what a mutation threw, when it is one of its answers.
 * @throws everything else, for the gateway to mask
 */
export function problemOfFailure(failure: unknown, { askElsewhere }: SubgraphRequest): Problem {
  if (failure instanceof Overloaded && failure.elsewhere) askElsewhere?.();
  if (failure instanceof InputRefused) return invalidInput(failure.path, failure.message);
  if (failure instanceof Overloaded || failure instanceof StoreAway) {
    const { retryAfterMs } = failure;
    return problem('Overloaded', failure.message, null, { retryAfterMs });
  }
  throw failure;
}

export const rejectionOf = (outcome: Outcome): Rejection | undefined =>
  'rejected' in outcome ? (outcome.rejected as Rejection) : undefined;
