import '../../../web/page/zod-without-eval.ts';
import { mountPage } from '../../../web/page/mount-page.tsx';
import { theme } from '../../../web/page/theme.ts';
import '@mantine/spotlight/styles.css';
import { queryClient } from './api/query-client.ts';
import { App } from './app/app.tsx';

mountPage(<App />, { theme, queryClient });
