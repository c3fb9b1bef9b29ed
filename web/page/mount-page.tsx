import './zod-without-eval.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import 'mantine-datatable/styles.css';
import './page.css';
import { MantineProvider, type MantineThemeOverride } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

/** The nonce of this request, which the page's policy asks of styles that are added later. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;

// The scroll lock behind a drawer asks for it under this name (npm get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce });

/** Puts a page into its place in the document. */
export function mountPage(page: ReactNode, { theme, queryClient }: { readonly theme: MantineThemeOverride; readonly queryClient: QueryClient }): void {
  const root = document.querySelector('#root');
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" {...(nonce === undefined ? {} : { getStyleNonce: () => nonce })}>
        <Notifications position="top-center" autoClose={6000} />
        <QueryClientProvider client={queryClient}>{page}</QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
