/** The user can put this right: one sentence that names the fix, exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The command line was not understood: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
