import { mongoApiKeys } from '@holdfast/chassis/api-keys/api-keys.mongo';
import { systemClock } from '@holdfast/chassis/clock';
import { type Commit, laneKey } from '@holdfast/chassis/commit';
import { appendUntilSettled } from '@holdfast/chassis/log/append-until-settled';
import { mongoEventLog } from '@holdfast/chassis/log/event-log.mongo';
import { beginImport, endImport } from '@holdfast/chassis/mongo/identity.mongo';
import { type OpenMongoOptions, openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { lanesOf } from '@holdfast/chassis/owning/lanes';
import { keepMongoKeys } from '@holdfast/chassis/personal/personal-keys.mongo';
import { mongoReadModel } from '@holdfast/chassis/read-model/read-model.mongo';
import { StoreFailure } from '@holdfast/chassis/store-failure';
import { contexts } from '../clustered/open-store.ts';
import { Refused } from '../refused.ts';
import { freshIdentity } from '../store-identity.ts';
import { type ImportTarget, keysOf } from './import-target.ts';

/** A server may be away for so long, e.g. while another one becomes primary. */
const appendWithinMs = 60_000;

export async function mongoTarget(
  options: Omit<OpenMongoOptions, 'own'>,
  laneCount: number,
): Promise<ImportTarget> {
  const store = await openMongoStore({ ...options, own: contexts });
  const { servers } = store;
  const log = mongoEventLog(store);
  const clock = systemClock();

  const append = async (commit: Commit) => {
    const until = clock.now() + appendWithinMs;
    if (await appendUntilSettled(log, clock, commit, () => clock.now() > until)) return;
    throw new StoreFailure(
      `The store at ${servers} did not take commit ${commit.version} of ${laneKey(commit)}; ` +
        'see that it answers and that nobody else writes there, drop its databases and import ' +
        'again.',
    );
  };

  return {
    shown: servers,
    laneCount,
    async begin(secret) {
      for (const lane of contexts.flatMap((context) => lanesOf(context, laneCount))) {
        if ((await log.head(lane)).version === 0) continue;
        throw new Refused(
          `The store at ${servers} is not empty; set MONGODB_URL to a new one, or drop its ` +
            'databases.',
        );
      }
      const fresh = freshIdentity();
      await beginImport(store, { ...fresh, secret: secret ?? fresh.secret, lanes: laneCount });
    },
    append,
    keepPersonalKeys: (keys) => keepMongoKeys(store, 'orders', keysOf(keys)),
    keepPositions: (owner, positions) => mongoReadModel(store, owner).write([], positions),
    async keepCallers(callers) {
      const apiKeys = mongoApiKeys(store);
      for (const known of callers) await apiKeys.create({ ...known, createdAt: clock.now() });
    },
    finish: () => endImport(store),
    close: store.close,
  };
}
