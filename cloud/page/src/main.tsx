import '../../../web/page/zod-without-eval.ts';
import './app/face.css';
import { mountPage } from '../../../web/page/mount-page.tsx';
import { SignPicture } from '../../../web/page/sign.tsx';
import icon from '../icon.svg';
import { App } from './app/app.tsx';
import { theme } from './app/theme.ts';
import { queryClient } from './session/session.ts';

mountPage(
  <SignPicture value={icon}>
    <App />
  </SignPicture>,
  { theme, queryClient },
);
