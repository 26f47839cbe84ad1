import type { CommandRecord } from '@holdfast/chassis/commit';
import { expect, it } from 'vitest';
import type { OrderEvent } from './order/events.ts';
import { cancelledLine, eur, line1, order, placed, t0, tee } from './order/given.ts';
import { publicOrderEvent, publish } from './publish.ts';

const published = (event: OrderEvent, command: CommandRecord | undefined = undefined) =>
  publish(
    { event, id: 'orders:0:7:1', version: 7, index: 1, stream: `order/${order}`, at: t0, command },
    order,
  );

it('is a CloudEvent with the cause and the request it began with', () => {
  const command = { type: 'NoteFact', by: 'policy:x', actor: 'holdfast', cause: 'inventory:0:3:0' };
  expect(published({ type: 'OrderConfirmed' }, { ...command, trace: 'trace-1' })).toEqual({
    ...{ specversion: '1.0', id: 'orders:0:7:1', source: '/holdfast/orders' },
    ...{ type: 'order.confirmed', subject: order, time: '2026-01-01T00:00:00.000Z' },
    ...{ datacontenttype: 'application/json', data: { order } },
    ...{ correlationid: 'trace-1', causationid: 'inventory:0:3:0' },
  });
});

it('tells the trace that it is part of', () => {
  const [id, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const command = { type: 'PlaceOrder', by: 'buyer', actor: 'buyer', trace: `00-${id}-${span}-01` };
  const told = published({ type: 'OrderConfirmed' }, command);
  expect(told).toMatchObject({ correlationid: id, traceparent: command.trace });
});

it('tells what was ordered, and not by whom, for how much or paid how', () => {
  const event = placed({ total: eur(1_234), payment: { reference: 'pay-1', amount: eur(1_234) } });
  const { type, data } = published(event);
  expect(type).toBe('order.placed');
  expect(data).toMatchObject({ number: '00-000001', lines: [{ sku: tee, units: 3 }, {}] });
  const text = JSON.stringify(data);
  for (const secret of ['sealed', 'pay-1', '1234', 'p1']) expect(text).not.toContain(secret);
});

it('keeps the words of who cancelled to itself', () => {
  const lines = [cancelledLine(line1, { allocatedUnits: 1 })];
  const updated = published({ type: 'OrderUnitsCancelled', reason: 'Ada has died', lines });
  const cancelled = published({
    ...{ type: 'OrderCancelled', cause: 'Asked', reason: 'Ada has died', lines },
  });
  expect([updated.type, cancelled.type]).toEqual(['order.updated', 'order.cancelled']);
  expect(JSON.stringify([updated, cancelled])).not.toContain('Ada');
  expect(cancelled.data).toMatchObject({ reason: 'Asked' });
});

it('is told of orders, and of nothing else in the log', () => {
  const event = { type: 'OrderConfirmed' };
  const recorded = { event, id: 'orders:0:7:1', version: 7, index: 1, at: t0 };
  const of = (stream: string) => publicOrderEvent({ ...recorded, stream, command: undefined });
  expect(of(`order/${order}`)).toEqual(published({ type: 'OrderConfirmed' }));
  expect(of('numbers/3')).toBeUndefined();
});
