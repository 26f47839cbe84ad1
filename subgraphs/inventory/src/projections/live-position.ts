/**
 * Where in inventory's log a figure stands, as one number that grows: the commit's version and the
 * event's place in it. Every change has its own number, so that a reader who saw only some changes
 * of a commit hears the others on resume.
 */
const placesInCommit = 4_096;
/** A commit is at most 256 KiB, so it never has as many events as there are places. */
const lastPlace = placesInCommit - 1;

/** @param eventId `inventory:<lane>:<version>:<index>` */
export function positionOfEvent(eventId: string): number {
  const [, , version, index] = eventId.split(':');
  return Number(version) * placesInCommit + 2 + Math.min(Number(index), lastPlace - 3);
}

/** Everything up to and including the lane's version. */
export const positionAfter = (version: number): number => version * placesInCommit + lastPlace;

/**
 * A change of the catalog changes many SKUs at once. They all show the place before it, so that a
 * reader who has seen some of them is told of all again: twice is harmless, never is not.
 */
export const catalogShows = (version: number): number => version * placesInCommit;
export const positionOfCatalog = (version: number): number => version * placesInCommit + 1;
