/** What a process of a clustered system says of itself once; the last line is for programs. */
import type { Listening } from '../listen-somewhere.ts';
import type { ClusteredSettings } from '../settings.ts';

/** Hosts alone: an address may hold a password. */
const hostsOf = (url: string): string =>
  url
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/[/?].*$/, '');

const shownUrls = (natsUrl: string): string => natsUrl.split(',').map(hostsOf).join(', ');

const partsOf = ({ cluster }: ClusteredSettings): readonly string[] => {
  const { role } = cluster;
  if (role.name !== 'gateway') return [];
  return [
    `  inventory     ${role.inventoryUrls.join(', ')}`,
    `  orders        ${role.ordersUrls.join(', ')}`,
  ];
};

const doorsOf = ({ cluster }: ClusteredSettings, url: string): readonly string[] => {
  const health = [`  metrics       ${url}/metrics`, `  health        ${url}/livez  ${url}/readyz`];
  const { name } = cluster.role;
  if (name === 'inventory' || name === 'orders') {
    return [`  GraphQL       ${url}/graphql   (signed calls of the gateways only)`, ...health];
  }
  return [
    `  first page    ${url}/`,
    `  playground    ${url}/playground`,
    `  GraphQL       ${url}/graphql   (HTTP and WebSocket)`,
    `  live by SSE   ${url}/graphql/stream`,
    ...health,
    '  keys          holdfast keys create --role ROLE, with the same MONGODB_URL',
  ];
};

export function clusteredBanner(settings: ClusteredSettings, listening: Listening): string {
  const { cluster } = settings;
  const { url, port, portMoved } = listening;
  return [
    `Holdfast, clustered: ${cluster.role.name === 'all' ? 'all parts' : cluster.role.name}.`,
    '',
    ...(portMoved ? [`  Port 4000 is in use, so this is ${port} (set PORT to choose).`, ''] : []),
    ...doorsOf(settings, url),
    '',
    `  store         MongoDB at ${hostsOf(cluster.mongodbUrl)}`,
    `  bus           NATS at ${shownUrls(cluster.natsUrl)}`,
    ...partsOf(settings),
    '',
    `ready ${url}/graphql`,
    '',
  ].join('\n');
}
