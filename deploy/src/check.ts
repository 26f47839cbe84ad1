/**
 * Checks of deploy/ what needs no container engine: `npm run deploy:check`. It needs Go, for the
 * tools that read compose files and charts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findServers } from '@holdfast/test-servers/find-servers';
import { startMongo } from '@holdfast/test-servers/start-mongo';
import { startNats } from '@holdfast/test-servers/start-nats';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { breachesOf, type Container, fromDeployment, fromService } from './container-rules.ts';
import { environmentNames } from './environment-names.ts';
import { type Environment, repository, runCompose, runHelm, runProgram } from './run-tool.ts';

const imageMegabytesMax = 250;
/** Stated by those who make it, not measured here: debian:bookworm-slim, unpacked. */
const baseMegabytes = 75;
const startTimeoutMs = 30_000;
const rolesOf = ['gateway', 'inventory', 'orders'];

const known = environmentNames();

function mustHold(breaches: readonly string[]): void {
  if (breaches.length > 0) throw new Error(breaches.join('; '));
}

const mustHoldOf = (containers: readonly Container[]): void =>
  mustHold(containers.flatMap((container) => breachesOf(container, known)));

async function checkCompose(): Promise<string> {
  const secrets = {
    HOLDFAST_SECRET: 's'.repeat(64),
    MONGODB_ROOT_PASSWORD: 'a',
    MONGODB_PASSWORD: 'b',
    NATS_PASSWORD: 'c',
  };
  const loaded = await runCompose(secrets);
  const { services } = parseYaml(loaded) as { readonly services: Record<string, unknown> };
  const ours = Object.entries(services).filter(([name]) => /-\d$/.test(name));
  if (ours.length !== 2 * rolesOf.length) throw new Error(`${ours.length} processes of ours`);
  mustHoldOf(ours.map(([name, service]) => fromService(name, service)));

  const refused = await runCompose({ ...secrets, HOLDFAST_SECRET: '' }).then(
    () => false,
    () => true,
  );
  if (!refused) throw new Error('it starts without HOLDFAST_SECRET');
  return `${Object.keys(services).length} services, refused without its secrets`;
}

const chart = '../chart';
const everyOption = [
  ...['autoscaling.enabled=true', 'ingress.enabled=true', 'ingress.host=shop.example'],
  ...['ingress.tlsSecretName=tls', 'otlpEndpoint=http://collector:4318', 'storefrontCap=10'],
  ...['storefrontRate=200/50', 'keyRate=1/1', 'networkPolicy.metricsNamespaceLabels.name=watch'],
].flatMap((option) => [option.startsWith('storefrontCap') ? '--set-string' : '--set', option]);

async function render(...options: readonly string[]): Promise<readonly unknown[]> {
  const text = await runHelm('template', 'shop', chart, ...options);
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS() as unknown;
  });
}

const kindOf = (document: unknown): string => String((document as { kind?: string } | null)?.kind);

async function checkChart(): Promise<string> {
  await runHelm('lint', '--strict', chart);
  const counts: number[] = [];
  for (const options of [[], everyOption]) {
    const documents = await render(...options);
    const deployments = documents.filter((document) => kindOf(document) === 'Deployment');
    if (deployments.length !== rolesOf.length) throw new Error('a deployment for each role');
    mustHoldOf(deployments.map(fromDeployment));
    counts.push(documents.length);
  }
  const refused = await runHelm('template', chart, '--set', 'roles.gateway.replica=3').then(
    () => false,
    () => true,
  );
  if (!refused) throw new Error('its schema lets an unknown value pass');
  return `${counts.join(' objects by default, ')} with every option; an unknown value is refused`;
}

const megabytesOf = (folder: string): number => {
  const files = globSync('**/*', { cwd: folder }).map((file) => statSync(join(folder, file)));
  return files.reduce((sum, { size }) => sum + size, 0) / 1_000_000;
};

const ready = (process: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('not ready in time')), startTimeoutMs);
    const lines = createInterface({ input: process.stdout! });
    lines.on('line', (line) => {
      if (!line.startsWith('ready ')) return;
      clearTimeout(late);
      resolve(line.slice('ready '.length));
    });
    process.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });

/** With the image's own program and files, but for the kernel's walls around it. */
async function startFrom(app: string, node: string, environment: Environment): Promise<void> {
  const [, entry = ''] = /^ENTRYPOINT \["node", "\/app\/([^"]+)"\]/m.exec(dockerfile()) ?? [];
  const env = { PORT: '0', NODE_ENV: 'production', ...environment };
  const running = spawn(node, [join(app, entry), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await ready(running);
    for (const path of ['/readyz', '/livez', '/metrics', '/playground']) {
      const { status } = await fetch(new URL(path, url));
      if (status !== 200) throw new Error(`${path} answers ${status}`);
    }
  } finally {
    const ended = new Promise((resolve) => running.once('exit', resolve));
    if (running.exitCode === null) {
      running.kill('SIGTERM');
      await ended;
    }
  }
}

/** Clustered, traced: what it loads then lies beside other parts of the image. */
async function startClusteredFrom(app: string, node: string): Promise<void> {
  const { nats, mongodb } = await findServers();
  if (nats.status !== 'program' || mongodb.status !== 'program') {
    throw new Error('it has to start servers of its own: unset NATS_URL and MONGODB_URL');
  }
  const servers = [await startNats(nats.program), await startMongo(mongodb.program)];
  const [natsUrl = '', mongodbUrl = ''] = servers.map(({ url }) => url);
  try {
    await startFrom(app, node, {
      ...{ HOLDFAST_ROLE: 'all', HOLDFAST_SECRET: 's'.repeat(64) },
      ...{ NATS_URL: natsUrl, MONGODB_URL: mongodbUrl },
      // Nobody listens there, and nobody waits for it.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
  } finally {
    for (const server of servers) await server.end();
  }
}

const dockerfile = (): string => readFileSync(join(repository, 'deploy/Dockerfile'), 'utf8');

async function checkImage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
  try {
    const app = join(folder, 'app');
    const node = join(folder, 'node');
    await runProgram('sh', ['deploy/assemble-image.sh', app]);
    await runProgram('strip', [`--output-file=${node}`, process.execPath]);
    await startFrom(app, node, { HOLDFAST_DATA: 'memory' });
    await startClusteredFrom(app, node);
    const appMegabytes = megabytesOf(app);
    const nodeMegabytes = statSync(node).size / 1_000_000;
    const megabytes = baseMegabytes + nodeMegabytes + appMegabytes;
    const measured = `node ${nodeMegabytes.toFixed()}, app ${appMegabytes.toFixed()}`;
    const parts = `base ${baseMegabytes} (stated), ${measured}`;
    if (megabytes >= imageMegabytesMax) throw new Error(`${megabytes.toFixed()} MB: ${parts}`);
    const size = `${megabytes.toFixed()} MB of ${imageMegabytesMax}: ${parts}`;
    return `starts and answers, embedded and clustered; ${size}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const checks = { compose: checkCompose, chart: checkChart, image: checkImage };
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    console.log(`ok      ${name}: ${await check()}`);
  } catch (cause) {
    failed += 1;
    console.log(`failed  ${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
console.log('untried: building the image, and starting compose file and chart (no engine here)');
process.exitCode = failed > 0 ? 1 : 0;
