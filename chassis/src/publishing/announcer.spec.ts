import { announcerContract } from './announcer.contract.ts';
import { inProcessAnnouncer } from './announcer.in-process.ts';

announcerContract('in process', async () => {
  const bytesMax = 8_192;
  const announcer = inProcessAnnouncer(bytesMax);
  return {
    ...{ announcer, bytesMax, held: async (stream) => announcer.held(stream) },
    empty: async (stream) => announcer.empty(stream),
    close: async () => {},
  };
});
