import { defineConfig } from 'vite';
import { pageBuild } from '../../web/page/vite-page.ts';

export default defineConfig(pageBuild(import.meta.dirname));
