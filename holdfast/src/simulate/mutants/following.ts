/** Bugs of relays, followers and projections. */
import { type Mutant, plant } from './plant.ts';

const feed = 'chassis/src/following/lane-feed';

export const following: readonly Mutant[] = [
  plant(
    'the position moves before the effect',
    'chassis/src/following/follower',
    'if (open === 0) finish();\n  for (const group of groups) {',
    'finish();\n  for (const group of groups) {',
  ),
  {
    name: 'a gap is skipped',
    patches: [
      {
        file: feed,
        find: 'const delivery = lane.held.get(lane.last.version + 1);',
        replace: 'const delivery = [...lane.held.values()][0];',
      },
      {
        file: feed,
        find: 'if (commit.prevHash !== lane.last.hash) {',
        replace: 'if (commit.version <= lane.last.version) {',
      },
    ],
  },
  plant(
    'a commit is projected twice after a crash',
    'chassis/src/projecting/project-commit',
    'if (cached.version >= commit.version) continue;',
    '',
  ),
  plant(
    'the position of what is left to another process is told as well',
    'chassis/src/read-model/shared-writing',
    'positions: ours,',
    'positions: moved,',
  ),
  {
    name: 'events that could not be applied are dropped',
    patches: [
      // At their first failure: of those who fail for longer most are asked for again by others.
      {
        file: 'chassis/src/following/follower',
        find: 'if (failure instanceof PermanentFailure || delayMs > retryInPlaceMsMax) {',
        replace: '{',
      },
      {
        file: 'chassis/src/following/follower',
        find: 'waiting.add(group, attempts, failure);',
        replace: '',
      },
    ],
  },
  plant(
    'a failed publication is not repeated',
    'chassis/src/relay/relay',
    'const failed = answers.indexOf(false);',
    'const failed = -1;',
  ),
  plant(
    'message id without the context',
    'chassis/src/bus/bus',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text of a program
    '`${context}:${lane}:${version}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text of a program
    '`${lane}:${version}` + context.slice(0, 0)',
  ),
  plant(
    'a look does not wait for what was answered',
    'inventory/src/up-to-date',
    'const reached = reachedAll(projector, versionsToReach(after));',
    'const reached = undefined;',
  ),
  plant(
    'a cursor is not waited for where others write',
    'inventory/src/up-to-date',
    '.map((lane) => caughtUp(projector, log, lane));',
    '.map((lane) => void [caughtUp, projector, log, lane]);',
  ),
];
