import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { NONCE_PLACEHOLDER } from '../page-nonce.ts';

/** Builds the page into `dist`: nothing inline (the page's policy allows none), and a place for each request's nonce. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { alias: [{ find: /^zod$/, replacement: `${import.meta.dirname}/src/app/zod-without-eval.ts` }] },
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    // What every visit needs comes as one file; the calendar, a record's page and operations come when they are wanted.
    chunkSizeWarningLimit: 1500,
  },
});
