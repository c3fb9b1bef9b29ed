/**
 * Makes docs/images anew (`node scripts/screenshots.ts`): starts Tidegate on embedded parts, changes a record in the cloud,
 * orders it in, and takes pictures of the CRM's page and of the Temporal UI in Chromium (TIDEGATE_CHROMIUM, else /usr/bin/chromium). `scripts/view-screenshots.ts` takes one of every view.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { makeHome, runCli, runCloudEdit, startStack } from '../test/support/running-stack.ts';
import { openChromium, signIn } from './visitor.ts';

const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url));
const VIEWPORT = { width: 1180, height: 720 };

/** Pictures are looked at in a README: each stays small. */
const MAX_BYTES = 150_000;

const home = makeHome();
const started = await startStack(home.home);
try {
  const [, edit = ''] = /npx tidegate cloud (set .*)/.exec(started.output()) ?? [];
  await done(runCloudEdit(home.home, wordsOf(edit)));
  await done(runCli(home.home, ['pull']));
  const browser = await openChromium();
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' });
    await page.goto(started.stack.crm.url);
    await signIn(page, started.output());
    await page.goto(`${started.stack.crm.url}/synchronisation`);
    await page.getByRole('table').first().waitFor();
    await take(page, 'page.png');
    await page.goto(`${started.stack.temporal.ui}/namespaces/${started.stack.temporal.namespace}/workflows`);
    await page.getByText('reverseSync', { exact: true }).first().waitFor();
    await take(page, 'temporal-ui.png');
  } finally {
    await browser.close();
  }
} finally {
  await started.stop();
  home.remove();
}

async function take(page: Page, name: string): Promise<void> {
  // Late rows; the page listens for ever, so that its network is never idle.
  await page.waitForTimeout(2000);
  mkdirSync(IMAGES, { recursive: true });
  const path = join(IMAGES, name);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${name}: ${size} bytes`);
  if (size > MAX_BYTES) throw new Error(`${name} is larger than ${MAX_BYTES} bytes.`);
}

async function done(finished: ReturnType<typeof runCli>): Promise<void> {
  const { code, stderr } = await finished;
  if (code !== 0) throw new Error(stderr);
}

/** Words of a line of a shell, quotes taken off. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}
