/** Bugs of claims over several lanes; the property test of the lanes plants others. */
import { type Mutant, plant } from './plant.ts';

export const spreading: readonly Mutant[] = [
  plant(
    'holds of undecided claims are not counted',
    'inventory/src/stock/holds',
    'if (end > now) break;',
    'if (end > now && end !== undecidedEnd) break;',
  ),
  plant(
    'nobody tells the lanes what was decided',
    'inventory/src/over-lanes/follow-claims',
    'await settleClaim(over, idOfStream(last.stream) as ClaimId, record);',
    'void [settleClaim, over, record, idOfStream];',
  ),
  plant(
    'a claim is kept before its last lane has said yes',
    'inventory/src/over-lanes/drive-claim',
    'if (parts.has(lane)) continue;',
    'if (parts.has(lane) || lane === lanes.at(-1)) continue;',
  ),
  plant(
    'a refused claim keeps its holds',
    'inventory/src/claim/settle-part',
    'free(changes, part, linesBeyond(part.held, linesOfHolds(pledged)));',
    '',
  ),
];
