import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';

/** Where the browser is that drives the page. */
const CHROMIUM = process.env['TIDEGATE_CHROMIUM'] ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const SCREENSHOTS = fileURLToPath(new URL('../../test-results/page', import.meta.url));

/** For `beforeEach`: skips a test, with the reason, where there is no Chromium. */
export function needChromium({ skip }: TestContext): void {
  skip(!existsSync(CHROMIUM), `No Chromium at ${CHROMIUM}: install it, or name it in TIDEGATE_CHROMIUM.`);
}

let browser: Promise<Browser> | undefined;

/** Closes the browser of a test file, if one was opened. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** A window on the page under test, which notes everything that the page must not do. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** The server is about to be stopped: requests that do not reach it are what is meant. */
  expectAway(): void;
  /** Saves what is seen into test-results, to be looked at, and asserts that axe finds nothing. */
  look(name: string): Promise<void>;
  /** Statuses of answers that the test provokes; others of 400 and more are faults. */
  expect4xx(...statuses: number[]): void;
}

/** How a visitor sees the page. */
export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly locale?: string;
  /** Origins that the page may go to beside its own, an identity provider's for one: what happens there is not the page's. */
  readonly others?: readonly string[];
}

/** Opens a window; at its end it is asserted that there was no fault in the console, no report of the policy, no request elsewhere. */
export async function visit(
  address: string,
  { width = 1280, height = 800, colorScheme = 'light', locale = 'en-GB', others = [] }: VisitOptions = {},
): Promise<Visit> {
  browser ??= chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  const context = await (
    await browser
  ).newContext({ viewport: { width, height }, colorScheme, locale, baseURL: address, timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' });
  const page = await context.newPage();
  // Shorter than a test's time: what is waited for in vain is named.
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  const expected = new Set<number>();
  let isAway = false;
  await page.exposeFunction('reportViolation', (violation: string) => faults.push(`policy: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      (window as unknown as { reportViolation(text: string): void }).reportViolation(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      );
    });
  });
  page.on('request', (request) => {
    if (![address, ...others].some((origin) => request.url().startsWith(`${origin}/`)) && !request.url().startsWith('data:'))
      faults.push(`request to ${request.url()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (others.some((origin) => message.location().url.startsWith(origin))) return;
    if (isAway && message.text().includes('net::ERR_')) return;
    const status = message.text().match(/status of (\d+)/)?.[1];
    if (status === undefined || !expected.has(Number(status))) faults.push(`console: ${message.text()}`);
  });
  return {
    page,
    expect4xx: (...statuses) => {
      for (const status of statuses) expected.add(status);
    },
    expectAway: () => {
      isAway = true;
    },
    look: async (name) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      // What still moves would be pictured halfway; what moves for ever (a loader) is no reason to wait.
      await page.evaluate(async () => {
        const passing = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity);
        await Promise.allSettled(passing.map((animation) => animation.finished));
      });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}-${colorScheme}.png`) });
      expect.soft(await accessibilityFaults(page)).toEqual([]);
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      // Soft: where the test itself failed, its own error is told as well.
      expect.soft(faults).toEqual([]);
    },
  };
}

/** Signs in through the door. */
export async function signInAs({ page, expect4xx }: Visit, email: string, password: string): Promise<void> {
  expect4xx(401);
  await page.goto('/');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' });
}

/** What of the page is wider than its window, and could be reached by scrolling sideways alone. */
export async function beyondTheEdge(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, main *')].filter((each) => each.scrollWidth > innerWidth).map((each) => each.className),
  );
}

/** Asks again until the answer is as expected. */
export function eventually<T>(ask: () => T | Promise<T>): ReturnType<typeof expect.poll> {
  return expect.poll(ask, { timeout: 15_000, interval: 50 });
}
