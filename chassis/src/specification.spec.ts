import { describe, expect, it } from 'vitest';
import { decideTill, till } from '../test/till.ts';
import { specify } from './specification.ts';

const tills = specify({ kinds: [till], decide: decideTill, at: 1_000 });
const filled = { stream: 'till/A', event: { type: 'Put', units: 2 } } as const;

describe('a specification', () => {
  const afterFilling = () => tills.given(filled, filled);

  it('passes when the facts and the answer are those named', () => {
    const taken = [{ stream: 'till/A', events: [{ type: 'Taken', units: 3 }] }] as const;
    const when = afterFilling().when({ type: 'Take', till: 'A', units: 3 });
    when.then(taken);
    when.then(taken, { left: 1 });
    expect(() => when.then(taken, { left: 2 })).toThrow();
    expect(() => when.then([])).toThrow();
    expect(() => when.thenNothing()).toThrow();
    expect(() => when.thenRejected({ type: 'TillEmpty' })).toThrow();
  });

  it('passes when the refusal is the one named, with its facts', () => {
    const when = afterFilling().when({ type: 'Take', till: 'A', units: 5 });
    when.thenDecision((decision) => {
      expect(decision).toEqual({ type: 'rejected', rejection: { type: 'TillEmpty', units: 4 } });
    });
    expect(() => when.thenRejected({ type: 'TillEmpty' })).toThrow();
    expect(() => when.then([])).toThrow();
  });

  it('passes when nothing happens', () => {
    tills.when({ type: 'TimePassed', till: 'A' }).thenNothing();
    const rung = tills
      .given({ stream: 'till/A', event: { type: 'AlarmSet', alarmAt: 1_000 } })
      .when({ type: 'TimePassed', till: 'A' });
    rung.then([{ stream: 'till/A', events: [{ type: 'AlarmRang' }] }]);
    expect(() => rung.thenNothing()).toThrow();
  });
});
