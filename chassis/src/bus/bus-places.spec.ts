import { describe, expect, it } from 'vitest';
import { busPlaces } from './bus-places.ts';

const at = (sequence: number, epoch = 'one') => ({ epoch, sequence });

describe('places on the bus', () => {
  it('knows none before the bus has told one', () => {
    expect(busPlaces().included()).toBeUndefined();
  });

  it('includes up to before the first that waits', () => {
    const places = busPlaces();
    for (const sequence of [3, 4, 7]) places.came(at(sequence));
    expect(places.included()).toEqual(at(2));
    places.settled(at(4));
    expect(places.included()).toEqual(at(2));
    places.settled(at(3));
    expect(places.included()).toEqual(at(6));
    places.settled(at(7));
    expect(places.included()).toEqual(at(7));
  });

  it('never falls when one comes again', () => {
    const places = busPlaces();
    for (const sequence of [1, 2]) {
      places.came(at(sequence));
      places.settled(at(sequence));
    }
    places.came(at(1));
    places.settled(at(1));
    expect(places.included()).toEqual(at(2));
  });

  it('begins anew with another stream, and forgets what waited in the one before', () => {
    const places = busPlaces();
    places.came(at(50));
    places.came(at(2, 'two'));
    places.settled(at(50));
    places.settled(at(2, 'two'));
    expect(places.included()).toEqual(at(2, 'two'));
  });
});
