/** Builds the servers where they have to be built, and ends with 1 where there are none. */
import { type FoundServer, findServers } from './find-servers.ts';

const said = (name: string, found: FoundServer): string => {
  switch (found.status) {
    case 'running':
      return `${name}: the server that the environment names`;
    case 'program':
      return `${name}: ${found.program.kind} at ${found.program.file}`;
    case 'missing':
      return `${name}: ${found.why}`;
  }
};

try {
  const { nats, mongodb } = await findServers();
  const lines = [said('NATS', nats), said('MongoDB', mongodb)];
  if (nats.status === 'missing' || mongodb.status === 'missing') {
    console.error(
      `Real servers are needed here: install Go, or both servers. ${lines.join('; ')}.`,
    );
    process.exitCode = 1;
  } else {
    console.log(lines.join('\n'));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
