/** Logs are JSON lines on stderr: stdout is the banner's. */

import type { Logger } from '@holdfast/gateway/app';
import { pino } from 'pino';

const lines = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ dest: 2, sync: true }),
);

export const errorLogger: Logger = {
  info: (message, facts) => lines.info(facts ?? {}, message),
  error: (message, facts) => lines.error(facts ?? {}, message),
};
