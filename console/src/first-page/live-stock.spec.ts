import { describe, expect, it } from 'vitest';
import {
  type Availability,
  freshness,
  hear,
  nothingHeard,
  type StockMessage,
} from './live-stock.ts';

const bag = (version: number, availableToPromise: number): Availability => ({
  sku: '24-WB01',
  status: 'IN_STOCK',
  availableToPromise,
  version,
  asOf: '2026-11-21T09:30:00.000Z',
  item: null,
});

const snapshot = (availability: Availability, complete = true): StockMessage => ({
  __typename: 'AvailabilitySnapshot',
  availabilities: [availability],
  complete,
  cursor: 'snapshot',
});
const change = (availability: Availability): StockMessage => ({
  __typename: 'AvailabilityChange',
  availability,
  cursor: 'change',
});
const heartbeat: StockMessage = { __typename: 'Heartbeat', cursor: 'heartbeat' };
const reset: StockMessage = { __typename: 'Reset' };

const heard = (...messages: readonly StockMessage[]) => messages.reduce(hear, nothingHeard);
const units = (...messages: readonly StockMessage[]) =>
  heard(...messages).bySku.get('24-WB01')?.availableToPromise;

describe('live stock', () => {
  it('shows a change over the snapshot', () =>
    expect(units(snapshot(bag(1, 100)), change(bag(2, 99)))).toBe(99));

  it('ignores a value that comes twice or late', () =>
    expect(units(snapshot(bag(2, 99)), change(bag(2, 98)), change(bag(1, 100)))).toBe(99));

  it('believes lower versions after a reset', () =>
    expect(units(snapshot(bag(9, 1)), reset, snapshot(bag(1, 100)))).toBe(100));

  it('resumes after the last message of any kind', () =>
    expect(heard(snapshot(bag(1, 100)), change(bag(2, 99)), heartbeat).cursor).toBe('heartbeat'));

  it('does not resume in the middle of a snapshot', () =>
    expect(heard(snapshot(bag(1, 100), false), heartbeat).cursor).toBeNull());

  it('asks for a new snapshot after a reset', () =>
    expect(heard(snapshot(bag(1, 100)), reset).cursor).toBeNull());

  it('passes over a kind of message that it does not know', () => {
    const later = JSON.parse('{"__typename": "AddedLater"}');
    expect(units(snapshot(bag(1, 100)), later)).toBe(100);
  });
});

describe('freshness', () => {
  it.each([
    [true, undefined, 'connecting'],
    [true, 0, 'live'],
    [false, 0, 'reconnecting'],
    [true, 45_000, 'live'],
    [true, 45_001, 'stale'],
    [false, 45_001, 'stale'],
  ] as const)('connected %s and silent for %s ms is %s', (connected, silenceMs, expected) =>
    expect(freshness(connected, silenceMs)).toBe(expected),
  );
});
