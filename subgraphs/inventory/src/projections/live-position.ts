/**
 * Where a figure stands, as one number that grows: the place of its commit (`Projector.place`) and
 * the event's place in it. Every change has its own number, so that a reader who saw only some
 * changes of a commit hears the others on resume.
 */
import { unplaced } from '@holdfast/chassis/stream-kind';

const placesInCommit = 4_096;
/** A commit is at most 256 KiB, so it never has as many events as there are places. */
const lastPlace = placesInCommit - 1;

/** @param index of the event in its commit */
export function positionOfEvent(place: number, index: number): number {
  if (place === unplaced) return unplaced;
  return place * placesInCommit + 2 + Math.min(index, lastPlace - 3);
}

/** Everything up to and including a place. */
export const positionAfter = (place: number): number => place * placesInCommit + lastPlace;

/**
 * A change of the catalog changes many SKUs at once. They all show the place before it, so that a
 * reader who has seen some of them is told of all again: twice is harmless, never is not.
 */
export const catalogShows = (place: number): number =>
  place === unplaced ? unplaced : place * placesInCommit;
export const positionOfCatalog = (place: number): number =>
  place === unplaced ? unplaced : place * placesInCommit + 1;
