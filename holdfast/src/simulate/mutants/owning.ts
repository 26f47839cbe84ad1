/** Bugs of who owns a lane, and of its appends. */
import { type Mutant, plant } from './plant.ts';

const lane = 'chassis/src/create-lane';
const streams = 'chassis/src/lane-streams';

export const owning: readonly Mutant[] = [
  plant(
    'the store takes two commits of one version',
    'chassis/src/simulation/stored-commits',
    "if (commits.has(commit.version)) return 'taken';",
    '',
  ),
  plant(
    'an answer is given before its append',
    lane,
    'if (!last) return waiting.resolve(answer);',
    'waiting.resolve(answer); if (!last) return;',
  ),
  plant(
    'what a lost append had changed stays in memory',
    lane,
    'streams = laneStreams(id, rows, kinds, bounds.streamsMax);\n    outcomes',
    'outcomes',
  ),
  plant(
    'an unknown outcome is taken for success',
    'chassis/src/append-until-settled',
    'if (failure instanceof StoreCorrupt) throw failure;',
    'return true;',
  ),
  plant(
    'a taken version is taken for ours',
    'chassis/src/append-until-settled',
    'if (winner) return sameCommit(winner, commit);',
    'if (winner) return true;',
  ),
  plant(
    'old memory is decided with beside newer rows',
    streams,
    'if (newest > knownVersion()) return false;',
    '',
  ),
  plant(
    'the hash of the commit before is not chained',
    'chassis/src/open-commit',
    'prevHash: after.hash,',
    "prevHash: '',",
  ),
  plant(
    "a lane's time follows its machine's clock back",
    lane,
    'Math.max(clock.now(), lastAt)',
    'clock.now()',
  ),
  plant('nobody is woken after a restart', lane, 'await timers.start();', ''),
];
