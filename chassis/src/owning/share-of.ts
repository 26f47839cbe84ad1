/** Which lanes are whose, as every process of a context works it out alike from who lives. */
import { hash } from 'node:crypto';

/**
 * Rendezvous: a lane goes to the member that ranks highest for it, so that only the lanes of who
 * comes or goes change hands; ranks alone would give one of two members three lanes of four now and
 * then, so nobody takes more than their even part.
 *
 * @param members all who live, in any order
 * @returns the lanes of `self`; each lane is exactly one member's
 */
export function shareOf(self: string, members: readonly string[], lanes: number): Set<number> {
  const sizes = new Map(members.map((member) => [member, 0]));
  const evenPart = Math.ceil(lanes / Math.max(1, members.length));
  const share = new Set<number>();
  for (let lane = 0; lane < lanes; lane += 1) {
    const ranked = members
      .filter((member) => (sizes.get(member) ?? 0) < evenPart)
      .map((member) => ({ member, rank: hash('sha256', `${member}\n${lane}`, 'hex') }));
    ranked.sort((a, b) => (a.rank < b.rank ? 1 : -1));
    const owner = ranked[0]?.member;
    if (owner === undefined) continue;
    sizes.set(owner, (sizes.get(owner) ?? 0) + 1);
    if (owner === self) share.add(lane);
  }
  return share;
}

/** Of one process; worked out anew only when others live than at the last look. */
export function ownShare(self: string, lanes: number): (members: readonly string[]) => Set<number> {
  let known = { members: '', share: new Set<number>() };
  return (all) => {
    const members = all.join();
    if (known.members !== members) known = { members, share: shareOf(self, all, lanes) };
    return known.share;
  };
}
