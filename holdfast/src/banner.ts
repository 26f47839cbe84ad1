/** What a newcomer must know, printed once; the last line is for programs. */
import { keysFile } from './keys.ts';
import { inMemory } from './settings.ts';
import type { Running } from './start-embedded.ts';

const sample = '24-WB01';

export function banner(running: Running): string {
  const { url, keys, embedded, settings, demoRows, portMoved } = running;
  const kept = settings.data !== inMemory;
  const place = kept
    ? `${embedded.folder}, kept across restarts`
    : 'in memory, gone when this ends';
  const asked = `{ availability(skus: [\\"${sample}\\"]) { sku status availableToPromise } }`;
  const query = `{"query":"${asked}"}`;
  return [
    'Holdfast keeps every promise a storefront makes about stock.',
    '',
    ...(portMoved
      ? [`  Port 4000 is in use, so this is ${running.port} (set PORT to choose).`, '']
      : []),
    `  first page    ${url}/`,
    `  playground    ${url}/playground   (its first tab is a live subscription)`,
    `  GraphQL       ${url}/graphql   (HTTP and WebSocket)`,
    `  live by SSE   ${url}/graphql/stream`,
    `  metrics       ${url}/metrics`,
    `  health        ${url}/livez  ${url}/readyz`,
    '',
    `  data          ${place}`,
    `  bus           in this process`,
    ...(demoRows === undefined ? [] : [`  demo          ${demoRows} rows of stock imported`]),
    '',
    `  keys (Authorization: Bearer KEY)${kept ? `, also in ${keysFile(embedded.folder)}` : ''}`,
    ...Object.entries(keys).map(([role, key]) => `    ${role.padEnd(11)} ${key}`),
    '',
    '  try this',
    `    curl ${url}/graphql -H 'content-type: application/json' -d '${query}'`,
    '',
    `ready ${url}/graphql`,
    '',
  ].join('\n');
}
