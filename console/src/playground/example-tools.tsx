import { ReloadIcon, ToolbarButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { carryIds, idsIn } from './carry-ids.ts';
import { withFreshIdempotencyKeys } from './idempotency-keys.ts';
import { restoreExamples } from './tab-storage.ts';

/**
 * Puts the ids of an answer into the other tabs' variables: reserve, then place, then follow or
 * cancel.
 */
const useCarriedIds = () => {
  const tabs = useGraphiQL((state) => state.tabs);
  const activeTab = useGraphiQL((state) => state.tabs[state.activeTabIndex]);
  const { moveTab } = useGraphiQLActions();
  useEffect(() => {
    if (!activeTab?.response) return;
    const ids = idsIn(activeTab.response);
    if (ids.size === 0) return;
    const carried = tabs.map((tab) => {
      if (tab === activeTab || !tab.variables) return tab;
      const variables = carryIds(tab.variables, ids);
      return variables === tab.variables ? tab : { ...tab, variables };
    });
    // moveTab is GraphiQL's one action that takes the whole list; the order stays as it is.
    if (carried.some((tab, position) => tab !== tabs[position])) moveTab(carried);
  }, [tabs, activeTab, moveTab]);
};

const KeyIcon = () => (
  <svg viewBox="0 0 16 16" className="graphiql-toolbar-icon" aria-hidden="true">
    <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <circle cx="5.5" cy="10.5" r="3" />
      <path d="M7.7 8.3 13 3M10.6 5.4l2.2 2.2" />
    </g>
  </svg>
);

/**
 * The examples' comments are 48 characters wide: so they fit beside the toolbar on a laptop, and
 * wrap on a phone.
 */
const useReadableEditors = () => {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const responseEditor = useGraphiQL((state) => state.responseEditor);
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor, responseEditor]) {
      editor?.updateOptions({ fontSize: 14, wordWrap: 'on' });
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);
};

export const ExampleTools = () => {
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  useReadableEditors();
  useCarriedIds();
  return (
    <>
      <ToolbarButton
        label="Fresh idempotency key (the next press is a new request)"
        onClick={() =>
          variableEditor?.setValue(withFreshIdempotencyKeys(variableEditor.getValue()))
        }
      >
        <KeyIcon />
      </ToolbarButton>
      <ToolbarButton label="Restore the example tabs" onClick={restoreExamples}>
        <ReloadIcon className="graphiql-toolbar-icon" aria-hidden="true" />
      </ToolbarButton>
    </>
  );
};
