/**
 * Appends to a MongoDB's lane `inventory:0` and prints each acknowledged version, until somebody
 * kills it.
 */
import { mongoEventLog } from '../src/log/event-log.mongo.ts';
import { openMongoStore } from '../src/mongo/store.mongo.ts';
import { appendNext, happened } from './commits.ts';

const [url = '', prefix = ''] = process.argv.slice(2);
const log = mongoEventLog(await openMongoStore({ url, own: ['inventory'], prefix }));
for (;;) {
  const events = Array.from({ length: 100 }, (_, at) => happened(at));
  const commit = await appendNext(log, { context: 'inventory', lane: 0 }, { 'sku/A': events });
  process.stdout.write(`${commit.version}\n`);
}
