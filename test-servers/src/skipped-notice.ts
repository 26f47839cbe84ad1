/** What a run says at its end about suites that had no server, so that it does not look whole. */

/** The servers a suite cannot do without; `…-process` is one that it may kill. */
export type NeededServer = 'nats' | 'mongodb' | 'nats-process' | 'mongodb-process';

const called: Readonly<Record<NeededServer, string>> = {
  nats: 'NATS',
  mongodb: 'MongoDB',
  'nats-process': 'a NATS of its own',
  'mongodb-process': 'a MongoDB of its own',
};

/** Also how the notice knows it again among the suites that a run has skipped. */
export const unservedName = (suite: string, needed: readonly NeededServer[]): string =>
  `${suite} [did not run: needs ${needed.map((each) => called[each]).join(' and ')}]`;

export const isUnserved = (suite: string): boolean => suite.includes(' [did not run: needs ');

/** Empty when every suite had its servers. */
export function skippedNotice(suites: readonly string[], reasons: readonly string[]): string {
  if (suites.length === 0) return '';
  const lines = [
    `${suites.length} SUITES DID NOT RUN: a real server was missing. This run is not a whole one.`,
    '',
    ...reasons,
    'To run them: install Go, or nats-server and mongod, or set NATS_URL and MONGODB_URL.',
    '',
    ...suites.map((suite) => `- ${suite}`),
  ];
  const rule = '='.repeat(100);
  return `\n${rule}\n${lines.join('\n')}\n${rule}\n`;
}
