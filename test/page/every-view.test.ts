import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { closeBrowser, needChromium, signInAs, visit, type Visit } from './browser.ts';
import { type FilledPages, startFilledPages } from './filled-pages.ts';
import { CLOUD_DOOR, CLOUD_VIEWS } from './cloud-views.ts';
import { crmViews, goTo, type View } from './views.ts';

/*
 * Every view, narrow and wide, light and dark, and in German: axe finds nothing, and nothing is wider than the window. One
 * window goes through them all, since loading and signing in would take most of the time.
 */

/** Both widths with both schemes; German in half of them, which needs the page to be loaded anew. */
const WAYS = {
  en: [
    { width: 360, colorScheme: 'light' },
    { width: 1920, colorScheme: 'dark' },
  ],
  de: [
    { width: 360, colorScheme: 'dark' },
    { width: 1920, colorScheme: 'light' },
  ],
} as const;

let pages: FilledPages;
beforeAll(async () => {
  pages = await startFilledPages();
}, 60_000);
afterAll(async () => {
  await closeBrowser();
  await pages?.[Symbol.asyncDispose]();
});
beforeEach(needChromium);

/** Where pictures of the views go, if they are wanted (scripts/view-screenshots.ts). */
const PICTURES = process.env['TIDEGATE_VIEW_PICTURES'];

/** What is wrong with what is seen now. */
async function faultsOf(page: Page, place: string, width: number): Promise<readonly string[]> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${place.replaceAll(' ', '-')}.png`), fullPage: true });
  const faults = await accessibilityFaults(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return [...faults.map((fault) => `${place}: ${fault}`), ...(wide > width ? [`${place}: ${wide} pixels wide`] : [])];
}

/** Dialogs are made of the same parts as views: each is seen at both widths and in both languages, every other one in the other scheme. */
function isSeen({ dialog }: View, language: keyof typeof WAYS, width: number): boolean {
  return (
    PICTURES !== undefined || dialog === undefined || (WAYS[language].findIndex((way) => way.width === width) + dialog) % 2 === (language === 'de' ? 1 : 0)
  );
}

/** Faults of all views, in one language. */
async function faultsOfAll({ page }: Visit, views: readonly View[], language: keyof typeof WAYS): Promise<readonly string[]> {
  if (views.length === 0) return [];
  await page.evaluate((name) => localStorage.setItem('tidegate-language', name), language);
  await page.reload();
  const faults: string[] = [];
  for (const { width, colorScheme } of WAYS[language]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    for (const view of views.filter((each) => isSeen(each, language, width))) {
      const place = `${view.name} ${width} ${colorScheme} ${language}`;
      await goTo(page, view).catch((cause: unknown) => {
        throw new Error(`${place} did not open`, { cause });
      });
      faults.push(...(await faultsOf(page, place, width)));
      await view.close?.(page);
    }
  }
  return faults;
}

describe.each(['crm', 'cloud'] as const)('the page of the %s', (side) => {
  it(
    'is accessible and fits in every view, at both widths, in both schemes and languages',
    { timeout: PICTURES === undefined ? 120_000 : 300_000 },
    async () => {
      const { address, email, password } = pages[side];
      await using window = await visit(address);
      window.expect4xx(401);
      await window.page.goto('/');
      const door = side === 'crm' ? [] : CLOUD_DOOR;
      const faults = [...(await faultsOfAll(window, door, 'de')), ...(await faultsOfAll(window, door, 'en'))];
      await signInAs(window, email, password);
      const views = side === 'crm' ? crmViews(pages) : CLOUD_VIEWS;
      for (const language of ['en', 'de'] as const) faults.push(...(await faultsOfAll(window, views, language)));
      expect(faults).toEqual([]);
    },
  );
});
