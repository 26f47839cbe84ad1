/**
 * Ends the event loop's turn. As long as a thousand sockets (1,024) are ready whenever it looks,
 * libuv reads on, up to 48 times, before anything else has its turn: for four seconds in an
 * overload no timer runs, so no badge is sent and nobody who waits too long hears so. It stops
 * reading for a signal.
 */

/** Whoever has no listener for it ignores it. */
const signal = 'SIGWINCH';
const ignore = (): void => {};

/** @returns what does so; nothing on Windows, whose loop looks at its timers in between */
export function turnEnder(): () => void {
  if (process.platform === 'win32') return ignore;
  if (!process.listeners(signal).includes(ignore)) process.on(signal, ignore);
  return () => void process.kill(process.pid, signal);
}
