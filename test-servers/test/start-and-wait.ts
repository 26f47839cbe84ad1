/** Starts both servers and waits to be killed: what a test run is to its servers. */
import { findServers } from '../src/find-servers.ts';
import { startMongo } from '../src/start-mongo.ts';
import { startNats } from '../src/start-nats.ts';

const { nats, mongodb } = await findServers();
if (nats.status !== 'program' || mongodb.status !== 'program') {
  throw new Error('the specification that runs this asks for both programs');
}
const started = [await startNats(nats.program), await startMongo(mongodb.program)];
// The servers' pipes keep this process alive.
console.log(started.map(({ url }) => url).join(' '));
