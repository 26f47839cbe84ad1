/** What clients were told, looked for in the log itself. */
import { openStoredMongoLog } from '@holdfast/chassis/stored/stored-log.mongo';
import type { Tally } from '../kill-checks.ts';
import type { Operation } from '../kill-load.ts';

/** These spend no key (INTERFACE), so the log has nothing of them. */
const unkept = new Set(['InvalidInput', 'UnknownSku', 'NotFound', 'Overloaded']);

/** How often each idempotency key was decided. */
async function decidedKeys(url: string): Promise<ReadonlyMap<string, number>> {
  const log = await openStoredMongoLog({ url }, ['inventory', 'orders']);
  const decided = new Map<string, number>();
  try {
    for await (const { entries } of log.commits()) {
      for (const { command, outcome } of entries) {
        const key = command?.key;
        if (key !== undefined && outcome) decided.set(key, (decided.get(key) ?? 0) + 1);
      }
    }
  } finally {
    await log.close();
  }
  return decided;
}

/** Each answer that was heard is one decision in the log, neither none nor two. */
export async function auditLog(
  url: string,
  operations: readonly Operation[],
  tally: Tally,
): Promise<number> {
  const decided = await decidedKeys(url);
  let audited = 0;
  for (const { kind, input, heard } of operations) {
    if (!heard || unkept.has(heard.__typename)) continue;
    audited += 1;
    const times = decided.get(String(input.idempotencyKey)) ?? 0;
    if (times === 1) continue;
    if (times === 0) tally.lost += 1;
    else tally.doubled += 1;
    tally.wrong.push(`${kind} that heard ${heard.__typename} is ${times} times in the log`);
  }
  return audited;
}
