import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';
import { NONCE_PLACEHOLDER } from '../http/page-nonce.ts';

/** Builds a page into its `dist`: nothing inline (the page's policy allows none), and a place for each request's nonce. */
export function pageBuild(root: string): UserConfig {
  return {
    root,
    plugins: [react()],
    resolve: { alias: [{ find: /^zod$/, replacement: `${import.meta.dirname}/zod-without-eval.ts` }] },
    html: { cspNonce: NONCE_PLACEHOLDER },
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2023',
      // What every visit needs comes as one file; what is looked at rarely comes when it is wanted.
      chunkSizeWarningLimit: 1500,
    },
  };
}
