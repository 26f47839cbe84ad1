import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Holdfast, startHoldfast } from 'holdfast';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import {
  type Alerts,
  type Dashboard,
  namesTold,
  namesUsed,
  queriesOfDashboard,
  rulesOf,
} from './metric-names.ts';
import { repository } from './run-tool.ts';

const read = (file: string): string => readFileSync(join(repository, 'deploy', file), 'utf8');
const dashboard = JSON.parse(read('dashboards/holdfast.json')) as Dashboard;
const rules = rulesOf(parseYaml(read('alerts.yaml')) as Alerts);

let system: Holdfast;
let told: ReadonlySet<string>;
const scrape = async () => (await fetch(`${system.url}/metrics`)).text();

beforeAll(async () => {
  system = await startHoldfast();
  told = namesTold(await scrape());
});
afterAll(() => system.close());

describe('what a running system tells', () => {
  it('has every figure that the dashboard shows', () => {
    const names = namesUsed(queriesOfDashboard(dashboard));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  it('has every figure that an alert looks at', () => {
    const names = namesUsed(rules.map(({ expr }) => expr));
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  it('is shown or alerted on, as far as it is ours', () => {
    const shown = namesUsed([
      ...queriesOfDashboard(dashboard),
      ...rules.map(({ expr }) => expr),
    ]).map((name) => name.replace(/_(total|bucket|sum|count)$/, ''));
    const ours = [...told].filter((name) => name.startsWith('holdfast_'));
    const unseen = ours.filter(
      (name) => !shown.includes(name.replace(/_(total|bucket|sum|count)$/, '')),
    );
    expect(unseen).toEqual([
      'holdfast_lane_durable_version',
      'holdfast_gateway_prepared_documents',
      'holdfast_gateway_live_executions',
    ]);
  });

  it('moves with what is done', async () => {
    const sum = async (name: string) =>
      [...(await scrape()).matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
        (total, [, value]) => total + Number(value),
        0,
      );
    const before = await sum('holdfast_lane_commands_total');
    expect(before).toBeGreaterThan(0);
    const query = `mutation { reserveStock(input: { idempotencyKey: "k",
      buyer: "0123456789abcdef", lines: [{ sku: "24-WB01", quantity: 1 }] }) { __typename } }`;
    await fetch(`${system.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await sum('holdfast_lane_commands_total')).toBe(before + 1);
    expect(await sum('holdfast_lane_owned')).toBe(2);
    expect(await sum('holdfast_store_append_duration_seconds_count')).toBeGreaterThan(0);
  });
});

describe('alerts', () => {
  it('say what is wrong, what to do, and how soon', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(annotations.summary.length, alert).toBeGreaterThan(20);
      expect(annotations.action.length, alert).toBeGreaterThan(20);
      expect(['page', 'ticket'], alert).toContain(labels.severity);
    }
  });
});

describe('names', () => {
  it('that nobody tells are seen', () => {
    const text = '# TYPE holdfast_a counter\n# TYPE holdfast_b histogram\n# TYPE process_c gauge\n';
    const names = namesUsed(['rate(holdfast_a_total[5m]) + holdfast_b_bucket', 'holdfast_a']);
    expect(names.filter((name) => !namesTold(text).has(name))).toEqual(['holdfast_a']);
  });
});
