/** The names in dashboards and alerts, and those that a process tells. */

/** What stands in a query; names of labels do not begin so. */
const used = /\b(?:holdfast|process|nodejs)_[a-z0-9_]+\b/g;

export const namesUsed = (queries: readonly string[]): readonly string[] => [
  ...new Set(queries.flatMap((query) => query.match(used) ?? [])),
];

const endings: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  histogram: ['_bucket', '_sum', '_count'],
  gauge: [''],
};

/** @param scraped OpenMetrics text */
export const namesTold = (scraped: string): ReadonlySet<string> =>
  new Set(
    [...scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type = '']) =>
      (endings[type] ?? []).map((ending) => name + ending),
    ),
  );

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };
export type Dashboard = { readonly panels: readonly Panel[] };

export const queriesOfDashboard = ({ panels }: Dashboard): readonly string[] =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
};
export type Alerts = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };

export const rulesOf = ({ groups }: Alerts): readonly Rule[] =>
  groups.flatMap(({ rules }) => rules);
