import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './playground.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import icon from '../icon.svg';
import { ExampleTools } from './example-tools.tsx';
import { createFetcher } from './fetcher.ts';
import { openingTab, tabStorage } from './tab-storage.ts';

/**
 * JSON with comments is what the headers editor takes; commented out, it asks as an anonymous
 * storefront.
 */
const headersHint = `{
  // Keys: data/keys.json (or $HOLDFAST_DATA/keys.json)
  // On 127.0.0.1 a storefront needs none.
  // "Authorization": "Bearer KEY"
}
`;

const fetcher = createFetcher();
const opening = openingTab();

const Playground = () => (
  <GraphiQL
    {...opening}
    fetcher={fetcher}
    storage={tabStorage}
    defaultHeaders={headersHint}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <a className="home" href="/" aria-label="Holdfast, first page">
        <img src={icon} alt="" width="20" height="20" />
        Holdfast
      </a>
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, merge, copy }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <ExampleTools />
        </>
      )}
    </GraphiQL.Toolbar>
  </GraphiQL>
);

const place = document.getElementById('playground');
if (place === null) throw new Error('playground/index.html has no #playground');
createRoot(place).render(<Playground />);
