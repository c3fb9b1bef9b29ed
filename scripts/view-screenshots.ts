/**
 * Takes a picture of every view of both pages (`node scripts/view-screenshots.ts [FOLDER]`), narrow and wide, light and dark, and
 * in German, to be looked at: what a machine can find fault with, `test/page/every-view.test.ts` finds, which goes through the
 * views. Needs Chromium (TIDEGATE_CHROMIUM, else /usr/bin/chromium).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const folder = process.argv[2] === undefined ? mkdtempSync(join(tmpdir(), 'tidegate-views-')) : resolve(process.argv[2]);
mkdirSync(folder, { recursive: true });
const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/page/every-view.test.ts'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, TIDEGATE_VIEW_PICTURES: folder },
});
console.log(`${readdirSync(folder).length} pictures in ${folder}`);
process.exitCode = status ?? 1;
