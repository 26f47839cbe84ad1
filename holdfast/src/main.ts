/**
 * The command line. Exit codes: 0 ended well, 1 refused with a sentence, 2 wrong usage, 70 a bug.
 */
import { parseArgs } from 'node:util';
import { WrongUsage } from './refused.ts';
import { isRefusal, sentenceOf } from './sentence.ts';

const usage = `holdfast start [--empty]
holdfast import FILE... [--location CODE] [--dry-run]
holdfast import --log FILE
holdfast export FILE
holdfast verify
holdfast doctor
holdfast keys create --role ROLE [--scopes SCOPE,...]
holdfast keys revoke ID
holdfast keys list
holdfast simulate [--seeds N] [--seed S] [--mutants]
`;

type Command = (args: readonly string[]) => Promise<number>;

/** @throws WrongUsage */
const understood = <Parsed>(parse: () => Parsed): Parsed => {
  try {
    return parse();
  } catch (cause) {
    throw new WrongUsage(cause instanceof Error ? cause.message : 'the arguments are off', {
      cause,
    });
  }
};

const noOptions = (args: readonly string[]) => understood(() => parseArgs({ args: [...args] }));

const commands: Readonly<Record<string, Command>> = {
  async start(args) {
    const options = { empty: { type: 'boolean', default: false } } as const;
    const { values } = understood(() => parseArgs({ args: [...args], options }));
    const { start } = await import('./commands/start.ts');
    return start(values);
  },

  async import(args) {
    const options = {
      'dry-run': { type: 'boolean', default: false },
      location: { type: 'string' },
      log: { type: 'string' },
    } as const;
    const { values, positionals } = understood(() =>
      parseArgs({ args: [...args], options, allowPositionals: true }),
    );
    if (values.log !== undefined) {
      const { importLog } = await import('./commands/import-log.ts');
      return importLog(values.log);
    }
    if (positionals.length === 0) throw new WrongUsage('import needs a FILE');
    const { importStock } = await import('./commands/import-stock.ts');
    return importStock(positionals, { dryRun: values['dry-run'], location: values.location });
  },

  async export(args) {
    const { positionals } = understood(() =>
      parseArgs({ args: [...args], allowPositionals: true }),
    );
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new WrongUsage('export needs one FILE');
    const { exportLog } = await import('./commands/export-log.ts');
    return exportLog(file);
  },

  async verify(args) {
    noOptions(args);
    const { verify } = await import('./commands/verify.ts');
    return verify();
  },

  async doctor(args) {
    noOptions(args);
    const { doctor } = await import('./commands/doctor.ts');
    return doctor();
  },

  async keys(args) {
    const options = { role: { type: 'string' }, scopes: { type: 'string' } } as const;
    const { values, positionals } = understood(() =>
      parseArgs({ args: [...args], options, allowPositionals: true }),
    );
    const { keys } = await import('./commands/keys.ts');
    return keys({ positionals, role: values.role, scopes: values.scopes });
  },

  async simulate(args) {
    const { simulate } = await import('./simulate/simulate.ts');
    return simulate([...args]);
  },
};

async function run([name = '', ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === 'help' || name === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  try {
    if (!command)
      throw new WrongUsage(name ? `there is no command ${name}` : 'a command is missing');
    return await command(args);
  } catch (failure) {
    if (failure instanceof WrongUsage) {
      process.stderr.write(`${failure.message}\n\n${usage}`);
      return 2;
    }
    if (isRefusal(failure)) {
      process.stderr.write(`${sentenceOf(failure)}\n`);
      return 1;
    }
    const told = failure instanceof Error ? failure.stack : String(failure);
    process.stderr.write(`This is a bug in Holdfast; please report it.\n${told}\n`);
    return 70;
  }
}

process.exitCode = await run(process.argv.slice(2));
// Workers and sockets that a refused start left behind must not keep the process.
process.exit();
