import { describe, expect, it } from 'vitest';
import { carryIds, idsIn } from './carry-ids.ts';
import { freshIdempotencyKey } from './idempotency-keys.ts';

const reserved = JSON.stringify({ data: { reserveStock: { reservation: { id: 'res_1' } } } });
const placed = JSON.stringify({ data: { placeOrder: { order: { id: 'ord_1' } } } });

describe('ids carried from one tab to the next', () => {
  it('takes the reservation from its answer', () =>
    expect([...idsIn(reserved)]).toEqual([['reservationId', 'res_1']]));

  it('takes the order from its answer', () =>
    expect([...idsIn(placed)]).toEqual([['orderId', 'ord_1']]));

  it.each(['', '{"data":', '{"errors":[]}', '[]', '{"data":{"reserveStock":{"code":"X"}}}'])(
    'takes nothing from %j',
    (response) => expect(idsIn(response).size).toBe(0),
  );

  it('puts the id in place, under a fresh key', () => {
    const key = freshIdempotencyKey();
    const carried = carryIds(`{"idempotencyKey": "${key}", "orderId": "?"}`, idsIn(placed));
    expect(carried).toContain('"orderId": "ord_1"');
    expect(carried).not.toContain(key);
  });

  it("leaves a visitor's own key alone", () =>
    expect(carryIds('{"idempotencyKey": "mine", "orderId": "?"}', idsIn(placed))).toBe(
      '{"idempotencyKey": "mine", "orderId": "ord_1"}',
    ));

  it('changes nothing when the id is there already, so that a second press stays a retry', () => {
    const variables = `{"idempotencyKey": "${freshIdempotencyKey()}", "orderId": "ord_1"}`;
    expect(carryIds(variables, idsIn(placed))).toBe(variables);
  });
});
