import { readFileSync } from 'node:fs';

const clockTicksPerSecond = 100; // Linux's USER_HZ
const userTimeField = 11; // after the name in parentheses, counted from 0

/**
 * Processor time that a process has used so far, of all its threads; 0 where the system does not
 * tell.
 */
export function processorMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[userTimeField]) + Number(fields[userTimeField + 1]);
    return (ticks * 1_000) / clockTicksPerSecond;
  } catch {
    return 0;
  }
}
