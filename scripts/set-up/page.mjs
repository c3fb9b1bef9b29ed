import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { digestOf, readStamp, writeStamp } from './stamp.mjs';
import { announce, run } from './step.mjs';

const STEP = 'page';

/** Builds the CRM's page into `crm/page/dist`, where its sources (or what they import of the CRM and of the contracts) have changed. */
export async function buildPage(page, root, node) {
  if (!existsSync(join(page, 'vite.config.ts'))) return;
  const digest = digestOf(root, [relative(root, join(page, '..')), 'exchange', 'package-lock.json'], { except: ['dist', 'node_modules'] });
  if (readStamp(root, STEP) === digest && existsSync(join(page, 'dist', 'index.html'))) return;
  announce('building the page');
  // Whoever asks: built for development, as under a test runner, React would name the folders of this machine.
  const env = { NODE_ENV: 'production' };
  await run(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], { cwd: page, env });
  writeStamp(root, STEP, digest);
}
