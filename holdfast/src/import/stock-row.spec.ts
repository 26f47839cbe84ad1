import { describe, expect, it } from 'vitest';
import { parseRow } from './stock-row.ts';

describe('quantities', () => {
  const quantity = (written: unknown) => {
    const said = { condition: undefined, noneIn: [], name: undefined, productClass: undefined };
    const row = parseRow(
      2,
      { ...said, sku: 'TEE', location: 'berlin', quantity: written, supplyEta: undefined },
      undefined,
    );
    return row.type === 'counted' ? row.quantity : row.reason;
  };

  it.each([
    ['0', 0],
    ['7', 7],
    [7, 7],
    [7.0, 7],
    ['10.0000', 10],
    ['10.', 10],
    [' 8 ', 8],
    ['007', 7],
    ['1000000000', 1_000_000_000],
    ['1000000000.0000', 1_000_000_000],
    [undefined, 'quantity is empty'],
    ['1000000001', 'quantity "1000000001" is above 1000000000'],
    ['99999999999999999999', 'quantity "99999999999999999999" is above 1000000000'],
    ['1.5', 'quantity "1.5" is not whole'],
    [0.1, 'quantity 0.1 is not whole'],
    ['0.0001', 'quantity "0.0001" is not whole'],
    ['-1', 'quantity "-1" is below zero'],
    [-1, 'quantity -1 is below zero'],
    ['-0.5', 'quantity "-0.5" is below zero'],
    ['', 'quantity "" is no number of units'],
    ['many', 'quantity "many" is no number of units'],
    ['1e3', 'quantity "1e3" is no number of units'],
    ['0x10', 'quantity "0x10" is no number of units'],
    ['1,000', 'quantity "1,000" is no number of units'],
    ['Infinity', 'quantity "Infinity" is no number of units'],
    [{ units: 3 }, 'quantity {"units":3} is no number of units'],
  ])('%j is %j', (written, units) => {
    expect(quantity(written)).toBe(units);
  });
});
