import type { GraphiQLProps } from 'graphiql';
import { withFreshIdempotencyKeys } from './idempotency-keys.ts';
import { type ExampleTab, exampleTabs } from './tabs.ts';

/** Raised when the examples change, so that an old visit's tabs do not hide new ones. */
const prefix = 'holdfast-playground-1:';

/**
 * GraphiQL's names for what it stores. The single editors' contents are in its tabs too; two copies
 * would disagree.
 */
const tabsName = 'graphiql:tabState';
const storedTwice = new Set(['graphiql:query', 'graphiql:variables', 'graphiql:headers']);

/** The history would keep the headers, and so the keys, of every request. */
const historyNames = new Set(['graphiql:queries', 'graphiql:favorites']);
export const withoutHeaders = (history: string) =>
  JSON.stringify(JSON.parse(history), (name, value) => (name === 'headers' ? undefined : value));

/**
 * From "restore" until the reload: GraphiQL stores its tabs half a second late, and would bring
 * them back.
 */
let forgetting = false;

const ownNames = () => Object.keys(localStorage).filter((name) => name.startsWith(prefix));

export const tabStorage: NonNullable<GraphiQLProps['storage']> = {
  get length() {
    return ownNames().length;
  },
  getItem: (name) => localStorage.getItem(prefix + name),
  setItem(name, value) {
    if (forgetting || storedTwice.has(name)) return;
    localStorage.setItem(prefix + name, historyNames.has(name) ? withoutHeaders(value) : value);
  },
  removeItem: (name) => localStorage.removeItem(prefix + name),
  clear() {
    for (const name of ownNames()) localStorage.removeItem(name);
  },
};

/** The example tabs again, and nothing of the visit before. */
export const restoreExamples = () => {
  forgetting = true;
  tabStorage.clear();
  location.reload();
};

interface Opening {
  readonly defaultTabs: ExampleTab[];
  readonly initialQuery: string;
  readonly initialVariables: string;
}

/**
 * What the editors show first: the tab that was open, else the first example. GraphiQL finds the
 * tab by these contents, and shows no variables in a first tab without them. Keys of an earlier
 * visit are spent, so they are renewed.
 */
export const openingTab = (): Opening => {
  const defaultTabs = [...exampleTabs()];
  const stored = tabStorage.getItem(tabsName);
  let open = defaultTabs[0];
  if (stored !== null) {
    const renewed = withFreshIdempotencyKeys(stored);
    tabStorage.setItem(tabsName, renewed);
    const { tabs, activeTabIndex } = JSON.parse(renewed);
    open = tabs[activeTabIndex] ?? open;
  }
  return {
    defaultTabs,
    initialQuery: open?.query ?? '',
    initialVariables: open?.variables ?? '',
  };
};
