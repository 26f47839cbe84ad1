import { scriptedClock } from '../scripted-clock.ts';
import { commandDoorContract } from './command-door.contract.ts';
import { inProcessDoorHub } from './command-door.in-process.ts';
import { doorBytesMax, servedMax } from './command-door.ts';

commandDoorContract('in process', async () => {
  const clock = scriptedClock();
  const hub = inProcessDoorHub(clock);
  return {
    ...{ bytesMax: doorBytesMax, servedMax, pass: clock.advance },
    process: async () => hub.door(),
    close: async () => {},
  };
});
