/** `holdfast keys create|revoke|list`: who may call a clustered system. */
import type { ApiKeys } from '@holdfast/chassis/api-keys/api-keys';
import { systemClock } from '@holdfast/chassis/clock';
import type { Scope } from '@holdfast/schema/caller';
import { createKey, validKeys } from '../clustered/keys-of-callers.ts';
import { allScopes, isKeyRole, type KeyRole, keyRoles } from '../keys.ts';
import { Refused, WrongUsage } from '../refused.ts';

export type KeysCommand =
  | { readonly type: 'create'; readonly role: KeyRole; readonly scopes: readonly Scope[] }
  | { readonly type: 'revoke'; readonly id: string }
  | { readonly type: 'list' };

export type KeysArguments = {
  readonly positionals: readonly string[];
  readonly role: string | undefined;
  readonly scopes: string | undefined;
};

const isScope = (text: string): text is Scope => (allScopes as readonly string[]).includes(text);

function parseScopes(text: string | undefined): readonly Scope[] {
  return (text?.split(',') ?? []).map((each) => {
    const scope = each.trim();
    if (isScope(scope)) return scope;
    throw new WrongUsage(
      `--scopes has ${scope || 'an empty one'}; there are ${allScopes.join(',')}`,
    );
  });
}

/** @throws WrongUsage */
export function parseKeysCommand({ positionals, role, scopes }: KeysArguments): KeysCommand {
  const [verb, id, ...rest] = positionals;
  const only = (condition: boolean, usage: string) => {
    if (!condition) throw new WrongUsage(usage);
  };
  switch (verb) {
    case 'create': {
      only(id === undefined, 'keys create takes --role and --scopes only');
      if (role === undefined || !isKeyRole(role)) {
        throw new WrongUsage(`keys create needs --role, one of ${keyRoles.join(', ')}`);
      }
      only(scopes === undefined || role === 'partner', "only a partner's key has --scopes");
      return { type: 'create', role, scopes: [...new Set(parseScopes(scopes))] };
    }
    case 'revoke':
      if (id === undefined || rest.length > 0 || role !== undefined || scopes !== undefined) {
        throw new WrongUsage('keys revoke needs one ID, as keys list shows it');
      }
      return { type: 'revoke', id };
    case 'list':
      only(
        id === undefined && role === undefined && scopes === undefined,
        'keys list takes nothing',
      );
      return { type: 'list' };
    default:
      throw new WrongUsage('keys needs create, revoke or list');
  }
}

export type Streams = { out(text: string): void; note(text: string): void };

const columns = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd();

/** Never a key, and never a hash of one. */
async function list(apiKeys: ApiKeys, { out }: Streams): Promise<void> {
  const keys = [...(await validKeys(apiKeys))].sort((a, b) => a.createdAt - b.createdAt);
  const rows = [
    ['ID', 'ROLE', 'CREATED', 'SCOPES'],
    ...keys.map(({ caller: { id, role, scopes }, createdAt }) => [
      ...[id, role, new Date(createdAt).toISOString(), scopes.join(',')],
    ]),
  ];
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of rows) out(`${columns(row, widths)}\n`);
}

/** @throws Refused for a key that is not there */
export async function runKeys(
  command: KeysCommand,
  apiKeys: ApiKeys,
  now: () => number,
  streams: Streams,
): Promise<void> {
  switch (command.type) {
    case 'create': {
      const { key, id } = await createKey(apiKeys, command.role, command.scopes, now());
      streams.out(`${key}\n`);
      // Beside the key and not with it: what reads the key reads nothing else.
      streams.note(`id ${id}; the key is not shown again\n`);
      return;
    }
    case 'revoke': {
      const revoked = await apiKeys.revoke(command.id, now());
      if (revoked > 0) return streams.out(`${command.id} is revoked\n`);
      throw new Refused(`There is no valid key ${command.id}; holdfast keys list shows them all.`);
    }
    case 'list':
      return list(apiKeys, streams);
  }
}

/** The exit code. */
export async function keys(given: KeysArguments): Promise<number> {
  const command = parseKeysCommand(given);
  const { openApiKeys } = await import('../clustered/open-api-keys.ts');
  const { apiKeys, close } = await openApiKeys(process.env);
  try {
    await runKeys(command, apiKeys, systemClock().now, {
      out: (text) => process.stdout.write(text),
      note: (text) => process.stderr.write(text),
    });
    return 0;
  } finally {
    await close();
  }
}
