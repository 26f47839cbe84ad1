/** Bugs of keys, rows and checkpoints. */
import { type Mutant, plant } from './plant.ts';

const commits = 'chassis/src/lane/lane-commits';
const streams = 'chassis/src/lane/lane-streams';

export const remembering: readonly Mutant[] = [
  plant(
    'keys are not looked up',
    'chassis/src/lane/lane-decision',
    "if (earlier !== 'absent') {",
    "if (earlier !== 'absent' && earlier.id === '') {",
  ),
  plant(
    'the input under a key is not compared',
    'chassis/src/lane/lane-decision',
    'const same = earlier.input === command.record.input;',
    'const same = true;',
  ),
  plant(
    'refusals are not kept',
    'chassis/src/lane/lane-decision',
    'if (!decision.rejection.notKept) {',
    'if (decision.rejection.type === undefined) {',
  ),
  plant(
    'keys in the tail of the log are forgotten',
    'chassis/src/lane/fold-tail',
    'outcomes.keepFrom(commit);',
    '',
  ),
  plant(
    'keys are believed to be new before all are known',
    'chassis/src/lane/row-filter',
    'knowsRows && !filter.maybe(id)',
    '!filter.maybe(id)',
  ),
  plant(
    'a row is taken in the middle of a commit',
    commits,
    'if (commits.filling) commits.atBoundary.push({ durable, undone });\n    else durable();',
    'durable();',
  ),
  plant(
    'an older row is written over a newer one',
    'chassis/src/rows/lane-rows.in-memory',
    'if (row.version > (rows.get(id)?.version ?? 0)) rows.set(id, row);',
    'rows.set(id, row);',
  ),
  plant(
    'the checkpoint is ahead of the rows of streams',
    'chassis/src/lane/lane-writer',
    '(streams.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,',
    '',
  ),
  plant(
    'the checkpoint is ahead of the rows of answers',
    'chassis/src/lane/lane-writer',
    '(outcomes.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,',
    '',
  ),
  plant(
    'a claim that has begun is taken for new once it is forgotten',
    'chassis/src/lane/new-streams',
    'hasBegun: (name) => filterOf(name)?.add(name),',
    'hasBegun: () => {},',
  ),
  plant(
    'a stream is forgotten before it is written',
    streams,
    'mustStay: (stream) => state.dirty.has(stream) || state.beingWritten.has(stream),',
    'mustStay: () => false,',
  ),
];
