/**
 * Orders ask by what they write into their log; this turns each intent into a command of ours.
 * Pure.
 */
import type { CommandRecord, Recorded } from '@holdfast/chassis/commit';
import type { OrderIntent } from '@holdfast/schema/events';
import { sameTrace } from '@holdfast/schema/tracing';
import type { AllocateStock } from '../claim/allocate.ts';
import type { TakeBackAllocation } from '../claim/take-back.ts';

/** Names the follower that it runs in: its position, and what is parked. */
export const servingName = 'inventory.serve-orders';

export type OrderCommand = AllocateStock | TakeBackAllocation;

const isIntent = (event: { readonly type: string }): event is OrderIntent =>
  event.type === 'OrderAllocationRequested' || event.type === 'OrderAllocationReleaseRequested';

/** @returns undefined for what asks nothing of inventory */
export function commandFor(
  recorded: Recorded,
): { readonly command: OrderCommand; readonly record: CommandRecord } | undefined {
  const { event, id } = recorded;
  if (!isIntent(event)) return undefined;
  const command: OrderCommand =
    event.type === 'OrderAllocationRequested'
      ? { ...event, type: 'AllocateStock' }
      : { ...event, type: 'TakeBackAllocation' };
  // The event's id is the key: whatever comes twice is decided once.
  const by = 'policy:serve-orders';
  const record = { type: command.type, by, actor: 'orders', key: id, input: event.type, cause: id };
  return { command, record: { ...record, ...sameTrace(recorded.command?.trace) } };
}
