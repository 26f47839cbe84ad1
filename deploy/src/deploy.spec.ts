import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { describe, expect, inject, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { breachesOf, fromDeployment, fromService } from './container-rules.ts';
import { environmentNames, namesIn } from './environment-names.ts';
import { repository } from './run-tool.ts';

const read = (file: string): string => readFileSync(join(repository, 'deploy', file), 'utf8');

type Service = { readonly environment?: Record<string, string>; readonly image?: string };
type Compose = { readonly services: Readonly<Record<string, Service>> };

/** Anchors are merged, variables are left as they stand. */
const compose = parseYaml(read('compose.yaml'), { merge: true }) as Compose;
const processes = Object.entries(compose.services).filter(([name]) => /-\d$/.test(name));
const variables = (text: string) => [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);

describe('the compose file', () => {
  it('has two of each process, each in the role that its name says', () => {
    const roles = processes.map(([name, { environment }]) => [name, environment?.HOLDFAST_ROLE]);
    expect(roles).toEqual(
      ['gateway', 'inventory', 'orders'].flatMap((role) => [
        [`${role}-1`, role],
        [`${role}-2`, role],
      ]),
    );
  });

  it('locks each of them in, and sets nothing that Holdfast does not read', () => {
    const known = environmentNames();
    const containers = processes.map(([name, service]) => fromService(name, service));
    expect(containers.flatMap((container) => breachesOf(container, known))).toEqual([]);
  });

  it('names gateways every process of a subgraph', () => {
    const { INVENTORY_URL, ORDERS_URL } = compose.services['gateway-1']?.environment ?? {};
    const hosts = `${INVENTORY_URL},${ORDERS_URL}`.split(',').map((url) => new URL(url).hostname);
    const subgraphs = processes.map(([name]) => name).filter((name) => !name.startsWith('gateway'));
    expect(hosts).toEqual(subgraphs);
  });

  it('takes every secret from .env, of which the example names all and holds none', () => {
    const example = read('.env.example').split('\n');
    const settings = example.filter((line) => /^[A-Z_]+=/.test(line));
    const asked = new Set(variables(read('compose.yaml')));
    expect(settings.map((line) => line.split('=')[0]).sort()).toEqual([...asked].sort());
    expect(settings.filter((line) => !line.endsWith('='))).toEqual([]);
  });

  it('pins the images of others', () => {
    const images = Object.values(compose.services).flatMap(({ image }) => image ?? []);
    expect(images.filter((image) => !/:(local|\d+\.\d+)/.test(image))).toEqual([]);
  });
});

describe('a container', () => {
  it('that is locked in by nothing is seen', () => {
    const known = new Set(['PORT']);
    const wide = [
      fromService('a', { environment: { PRT: '1' } }),
      fromDeployment({ metadata: { name: 'b' } }),
    ];
    expect(wide.flatMap((container) => breachesOf(container, known))).toEqual([
      'a sets PRT, which Holdfast does not read',
      ...['a', 'b'].flatMap((name) => [
        `${name} may write to its image`,
        `${name} may run as root`,
        `${name} keeps capabilities`,
        `${name} is not asked whether it is ready`,
      ]),
    ]);
  });
});

describe('the chart', () => {
  const templates = globSync('deploy/chart/templates/*.yaml', { cwd: repository });

  it('sets nothing that Holdfast does not read', () => {
    const known = environmentNames();
    const set = templates.flatMap((file) => namesIn(readFileSync(join(repository, file), 'utf8')));
    expect(set).toContain('HOLDFAST_ROLE');
    expect(set.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has values for its schema, in the version of the package', () => {
    const schema = JSON.parse(read('chart/values.schema.json')) as { properties: object };
    const values = parseYaml(read('chart/values.yaml')) as object;
    expect(Object.keys(values)).toEqual(
      Object.keys(schema.properties).filter((name) => name !== 'global'),
    );
    const { version } = JSON.parse(
      readFileSync(join(repository, 'holdfast/package.json'), 'utf8'),
    ) as { readonly version: string };
    expect(parseYaml(read('chart/Chart.yaml'))).toMatchObject({ appVersion: version });
  });
});

describe('the image', () => {
  it('does not run as root, and starts what the package starts', () => {
    const dockerfile = read('Dockerfile');
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
    expect(dockerfile).toContain('ENTRYPOINT ["node", "/app/bin/holdfast.js"]');
    expect(dockerfile).toContain('sh deploy/assemble-image.sh /app');
    expect(dockerfile).not.toMatch(/^FROM \S+:latest|^FROM [^:\s]+( AS \w+)?$/m);
  });
});

describe('the rights in MongoDB', () => {
  const script = read('mongodb-init.js');
  const chassis = (file: string) => readFileSync(join(repository, 'chassis/src', file), 'utf8');

  it('are given for each collection that Holdfast keeps', () => {
    const [, listed = ''] =
      /const indexes[^{]*\{([^;]*)\};/.exec(chassis('mongo/indexes.mongo.ts')) ?? [];
    const kept = [...listed.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    const [, rows = ''] = /const rows = \[([^\]]*)\]/.exec(script) ?? [];
    const given = [...rows.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(kept.length).toBeGreaterThan(3);
    expect(['log', ...given]).toEqual(kept);
    expect(script).toContain("on(db, 'log', adding)");
  });

  it('are for the databases that it opens', () => {
    const [, prefix] = /defaultPrefix = '(\w+)'/.exec(chassis('mongo/store.mongo.ts')) ?? [];
    expect(prefix).toBeTruthy();
    expect(script).toContain(`['${prefix}inventory', '${prefix}orders']`);
    expect(script).toContain(`db: '${prefix}shared'`);
  });
});

describeWith(['nats-process'], 'nats.conf', () => {
  const check = (environment: Readonly<Record<string, string>>) => {
    const file = inject('servers').nats.program?.file ?? '';
    const parameters = ['-t', '-c', join(repository, 'deploy/nats.conf')];
    return execFileSync(file, parameters, { env: environment, encoding: 'utf8', stdio: 'pipe' });
  };

  it('is understood by the server, and refused without its secrets', () => {
    const set = { NATS_SERVER_NAME: 'nats-1', NATS_USER: 'holdfast', NATS_PASSWORD: 'p' };
    expect(() => check(set)).not.toThrow();
    expect(() => check({})).toThrow('NATS_SERVER_NAME');
  });
});
