/**
 * Measures when the CRM's page is first seen on this machine (`node scripts/first-paint.ts [ROUNDS]`): starts Tidegate on embedded
 * parts and opens the built page in Chromium (TIDEGATE_CHROMIUM, else /usr/bin/chromium), each time with nothing cached. Prints
 * the medians, in milliseconds from the start of the navigation.
 */
import type { Browser } from 'playwright-core';
import { makeHome, startStack } from '../test/support/running-stack.ts';
import { openChromium, signIn } from './visitor.ts';

/** What one visit took, in milliseconds. */
interface Visit {
  /** The first paint of content at the door, signed out. */
  readonly door: number;
  /** The first paint of content, signed in. */
  readonly signedIn: number;
  /** Until the first row of the contacts stands there. */
  readonly list: number;
}

const rounds = Number(process.argv[2] ?? 7);
const home = makeHome();
const { stack, output, stop } = await startStack(home.home);
try {
  const browser = await openChromium();
  const visits: Visit[] = [];
  try {
    // The first one also starts the browser's own parts.
    await visit(browser);
    for (let round = 0; round < rounds; round++) visits.push(await visit(browser));
  } finally {
    await browser.close();
  }
  for (const name of ['door', 'signedIn', 'list'] as const) {
    const sorted = visits.map((each) => each[name]).toSorted((a, b) => a - b);
    console.log(`${name}: median ${sorted[Math.floor(sorted.length / 2)]} ms (${sorted[0]} to ${sorted.at(-1)})`);
  }
} finally {
  await stop();
  home.remove();
}

async function visit(browser: Browser): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(stack.crm.url);
  await page.getByLabel('E-mail address').waitFor();
  const door = await firstPaint();
  await signIn(page, output());
  const cookies = await context.cookies();
  await context.close();
  const fresh = await browser.newContext({ locale: 'en-GB' });
  await fresh.addCookies(cookies);
  const again = await fresh.newPage();
  await again.goto(`${stack.crm.url}/contacts`);
  const list = await again.waitForFunction(() => document.querySelector('tbody button') !== null && performance.now());
  const signedIn = await again.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN);
  const visited = { door, signedIn: Math.round(signedIn), list: Math.round(Number(await list.jsonValue())) };
  await fresh.close();
  return visited;

  async function firstPaint(): Promise<number> {
    const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    return Math.round(Number(await paint.jsonValue()));
  }
}
