import type { Clock } from '../clock.ts';
import { inProcessBus } from './bus.in-process.ts';
import type { Bus } from './bus.ts';

/** Who is further behind a lane beside its owner reads the log. */
const retained = { retainedMax: 256, retainedCharactersMax: 4 * 1024 * 1024 };

/** For what follows one lane beside its owner, where all others hear of it over a broker. */
export const nearBus = (clock: Clock): Bus => inProcessBus({ clock, ...retained });
