/** Bugs of who owns a lane, and of its appends. */
import { type Mutant, plant } from './plant.ts';

const commits = 'chassis/src/lane/lane-commits';
const course = 'chassis/src/lane/lane-course';
const parts = 'chassis/src/lane/lane-parts';
const turns = 'chassis/src/lane/lane-turns';
const loaded = 'chassis/src/lane/loaded-streams';

/**
 * The second wall behind these: each of the two alone keeps commands from hearing what is past, so
 * who takes the first away must take this one too to be noticed.
 */
const noLookUnderLease = {
  file: turns,
  find: 'if (command && lane.options.lease) return confirmByLook;',
  replace: '',
};

export const owning: readonly Mutant[] = [
  plant(
    'the store takes two commits of one version',
    'chassis/src/simulation/stored-commits',
    "if (commits.has(commit.version)) return 'taken';",
    '',
  ),
  plant(
    'an answer is given before its append',
    turns,
    'if (last) last.settles.push({ durable, undone });',
    'if (last) durable();',
  ),
  plant(
    'what a lost append had changed stays in memory',
    course,
    'lane.streams = laneStreams(id, rows, options.kinds, bounds.streamsMax);',
    '',
  ),
  plant(
    'an unknown outcome is taken for success',
    'chassis/src/log/append-until-settled',
    'if (failure instanceof StoreCorrupt) throw failure;',
    'return true;',
  ),
  {
    // By itself it does no harm: the version is taken when the first insert lands after all, and
    // who decides anew looks its keys up in the log. So: what has failed is not looked up.
    name: 'absent version taken for failure',
    patches: [
      {
        file: 'chassis/src/log/append-until-settled',
        find: 'if (failure instanceof StoreCorrupt) throw failure;',
        replace: `if (failure instanceof StoreCorrupt) throw failure;
      const [seen] = await log.read(commit, commit.version, 1).catch(() => []);
      return seen === undefined ? 'failed' : sameCommit(seen, commit);`,
      },
      {
        file: commits,
        find: '    if (ours) {',
        replace: "    lane.hasFailed = ours === 'failed';\n    if (ours === true) {",
      },
      {
        file: turns,
        find: '  const undone = () => again(lane, waiting);',
        replace: `  const undone = () => {
    waiting.isNew ||= lane.hasFailed;
    again(lane, waiting);
  };`,
      },
      {
        file: turns,
        find: "const earlier = key === undefined ? 'absent'",
        replace: "const earlier = key === undefined || waiting.isNew ? 'absent'",
      },
    ],
  },
  plant(
    'a taken version is taken for ours',
    'chassis/src/log/append-until-settled',
    'if (winner) return sameCommit(winner, commit);',
    'if (winner) return true;',
  ),
  plant(
    'old memory is decided with beside newer rows',
    loaded,
    'if (newest > knownVersion()) return false;',
    '',
  ),
  {
    name: 'takeover without the empty commit',
    patches: [
      { file: course, find: 'lane.hasHeldLease = true;\n  currentCommit(lane);', replace: '' },
      { file: parts, find: ' && lease === lane.commits.fencedUnder', replace: '' },
      noLookUnderLease,
    ],
  },
  {
    name: 'a stale owner answers from memory',
    patches: [
      { file: turns, find: 'if (!isSure(lane)) return confirm;', replace: '' },
      noLookUnderLease,
    ],
  },
  {
    name: 'who has lost the lane decides on beside the next owner',
    patches: [
      {
        file: course,
        find: 'lane.hasHeldLease && heldLease(lane) === undefined;',
        replace: 'false;',
      },
      noLookUnderLease,
    ],
  },
  plant(
    'the hash of the commit before is not chained',
    'chassis/src/log/open-commit',
    'prevHash: after.hash,',
    "prevHash: '',",
  ),
  plant(
    "a lane's time follows its machine's clock back",
    commits,
    'Math.max(options.clock.now(), commits.lastAt)',
    'options.clock.now()',
  ),
  plant('nobody is woken after a restart', course, 'timers.start().catch(lane.fail);', ''),
];
