import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { NONCE_PLACEHOLDER } from '../page-nonce.ts';

/** Builds the page into `dist`: nothing inline (the page's policy allows none), and a place for each request's nonce. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    // One page, one file: it is loaded once and kept for ever.
    chunkSizeWarningLimit: 1500,
  },
});
