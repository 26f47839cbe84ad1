import { inProcessBus } from './bus.in-process.ts';
import type { Bus } from './bus.ts';
import type { Clock } from './clock.ts';

/** Who is further behind a lane beside its owner reads the log. */
const retainedMax = 256;

/** For what follows one lane beside its owner, where all others hear of it over a broker. */
export const nearBus = (clock: Clock): Bus => inProcessBus({ clock, retainedMax });
