import '../../../web/page/zod-without-eval.ts';
import { mountPage } from '../../../web/page/mount-page.tsx';
import { App } from './app/app.tsx';
import { theme } from './app/theme.ts';
import { queryClient } from './session/session.ts';

mountPage(<App />, { theme, queryClient });
