/**
 * Builds the portal into `dist`: one page, assets named by their content, and no script or style that a policy of
 * `script-src 'self'` would refuse. `vite` alone serves it for development, with /api from a server on its
 * default address; start that one with LENCANA_PUBLIC_URL=http://localhost:5173, or it refuses the origin.
 */
/// <reference types="node" />
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { shell } from './src/messages/en/shell.ts';
import { pageAddresses } from './src/page-addresses.ts';

/** The two texts that stand in the page before any script runs come from the catalogue like all others. */
const pageTexts: Plugin = {
  name: 'page-texts',
  transformIndexHtml: (html) =>
    html
      .replace('%title%', escaped(shell.portal_name))
      .replace('%noscript%', escaped(shell.without_javascript)),
};

/** The addresses of the pages, for the server. */
const addresses: Plugin = {
  name: 'page-addresses',
  apply: 'build',
  generateBundle() {
    this.emitFile({
      type: 'asset',
      fileName: 'page-addresses.json',
      source: JSON.stringify(pageAddresses),
    });
  },
};

/** Beside every text asset its compressed forms, made once here so that the server need not make them at each request. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (!/\.(?:js|css|svg)$/.test(fileName)) continue;
        const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(source) });
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) });
      }
    },
  },
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

export default defineConfig(({ command }) => {
  // Whatever the shell that builds has set: a development build of React is twice the size and slower.
  if (command === 'build') process.env.NODE_ENV = 'production';
  return config;
});

/** Mantine's parts that the first pages are made of; what only some page needs comes with that page. */
const firstParts =
  'Alert|Anchor|Button|CloseButton|Divider|FloatingIndicator|Group|Input|Loader|SegmentedControl|Stack|Text|TextInput|Title|Transition|UnstyledButton|VisuallyHidden';

/** What every page needs goes into few files, which keep their names when only pages change. */
const everyPage = [
  {
    name: 'framework',
    test: /node_modules\/(?:react|react-dom|scheduler|react-router|@tanstack|i18next|react-i18next)\//,
  },
  {
    name: 'interface',
    test: new RegExp(
      `node_modules/@mantine/(?:hooks/|core/esm/(?:core|utils|components/(?:${firstParts}))/)`,
    ),
  },
  {
    name: 'shell',
    test: /portal\/src\/(?:api\/|messages\/|shell\/(?!profile-menu|sign-out|announce|code-block|copy-text|detailed|use-copying))|vite\/preload-helper|openapi-fetch/,
    minShareCount: 2,
  },
];

const config: UserConfig = {
  base: '/',
  plugins: [react(), pageTexts, addresses, compressed],
  server: { port: 5173, strictPort: true, proxy: { '/api': 'http://127.0.0.1:8080' } },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // Inlined files would be `data:` addresses, which the policy does not name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
    rolldownOptions: { output: { codeSplitting: { groups: everyPage } } },
  },
};
