/**
 * Builds the portal into `dist`: one page, assets named by their content, and no script or style that a policy of
 * `script-src 'self'` would refuse. `vite` alone serves it for development, with /api from a server on its
 * default address; start that one with LENCANA_PUBLIC_URL=http://localhost:5173, or it refuses the origin.
 */
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { shell } from './src/messages/en/shell.ts';

/** The two texts that stand in the page before any script runs come from the catalogue like all others. */
const pageTexts: Plugin = {
  name: 'page-texts',
  transformIndexHtml: (html) =>
    html
      .replace('%title%', escaped(shell.portal_name))
      .replace('%noscript%', escaped(shell.without_javascript)),
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

export default defineConfig({
  base: '/',
  plugins: [react(), pageTexts],
  server: { port: 5173, strictPort: true, proxy: { '/api': 'http://127.0.0.1:8080' } },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // Inlined files would be `data:` addresses, which the policy does not name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
});
