import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * GraphiQL brings Roboto in 28 pieces inside its style sheet; the system's own font replaces it
 * (playground.css).
 */
const withoutRoboto = (): Plugin => ({
  name: 'without-roboto',
  enforce: 'pre',
  transform: {
    filter: { id: /graphiql\/dist\/style\.css$/ },
    handler: (css) => css.replace(/@font-face\s*\{[^}]*font-family: Roboto;[^}]*\}/g, ''),
  },
});

/**
 * GraphiQL's style sheet already holds Monaco's, so the ones that Monaco's modules import would be
 * a second copy.
 */
const withoutSecondMonacoStyles = (): Plugin => ({
  name: 'without-second-monaco-styles',
  enforce: 'pre',
  load: { filter: { id: /monaco-editor\/esm\/.*\.css$/ }, handler: () => '' },
});

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  logLevel: 'warn',
  plugins: [withoutRoboto(), withoutSecondMonacoStyles(), react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The gateway serves two pages and /assets/; nothing is inlined, so its policy needs no data:
    // scripts or pages.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4_000, // kB; Monaco is one chunk, loaded by the playground alone
    rolldownOptions: {
      // React's compiler has read "use no memo" already, so losing it in the bundle changes
      // nothing.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
      input: {
        'first-page': `${import.meta.dirname}/index.html`,
        playground: `${import.meta.dirname}/playground/index.html`,
      },
    },
  },
  worker: { format: 'es' },
});
