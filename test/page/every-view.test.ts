import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { closeBrowser, needChromium, signInAs, visit } from './browser.ts';
import { type FilledPages, startFilledPages } from './filled-pages.ts';
import { CLOUD_DOOR, CLOUD_VIEWS } from './cloud-views.ts';
import { crmDialogs } from './crm-dialogs.ts';
import { englishIn } from './english.ts';
import { crmViews, goTo, type View } from './views.ts';

/*
 * Every view, narrow and wide, light and dark, in English and German: axe finds nothing, nothing is wider than the window, and
 * no English stands on the German page. One window goes through them all, since loading and signing in would take most of the
 * time. Views are seen in four ways, in which each width meets each scheme and each language, and each scheme each language.
 * Dialogs, and views that are made of the same parts as others, are seen in two ways: each at both widths and in both languages, and
 * every other one in the other scheme.
 */

interface Way {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

type Language = 'en' | 'de';

const WAYS: Readonly<Record<Language, readonly Way[]>> = {
  en: [
    { width: 360, colorScheme: 'light' },
    { width: 1920, colorScheme: 'dark' },
  ],
  de: [
    { width: 1920, colorScheme: 'light' },
    { width: 360, colorScheme: 'dark' },
  ],
};

/** What pictures are taken of, beside: English in every way. */
const MORE_WAYS: readonly Way[] = [
  { width: 1920, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
];

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
  if (PICTURES !== undefined)
    await page.screenshot({ path: join(PICTURES, `${place.replaceAll(' ', '-')}.png`), fullPage: (await page.locator('[role=dialog]').count()) === 0 });
  const faults = await accessibilityFaults(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return [
    ...faults.map((fault) => `${place}: ${fault}`),
    ...(wide > width ? [`${place}: ${wide} pixels wide`] : []),
    ...(await cutTables(page)).map((label) => `${place}: ${label} is cut, and no bar says so`),
  ];
}

/** Tables that are wider than their place without a bar to scroll them by. */
async function cutTables(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.mantine-ScrollArea-viewport')]
      .filter((place) => place.scrollWidth > place.clientWidth + 1 && place.parentElement?.querySelector('[data-orientation=horizontal]') === null)
      .map((place) => place.getAttribute('aria-label') ?? 'a table'),
  );
}

/** The ways in which a view is seen in a language. */
function waysOf(language: Language, view: View): readonly Way[] {
  if (PICTURES !== undefined) return language === 'en' ? [...WAYS.en, ...MORE_WAYS] : WAYS.de;
  return view.turn === undefined ? WAYS[language] : WAYS[language].slice(view.turn % 2, (view.turn % 2) + 1);
}

/** Has the page speak a language, and loads it anew. */
async function speak(page: Page, language: Language): Promise<void> {
  await page.evaluate((name) => localStorage.setItem('tidegate-language', name), language);
  await page.reload();
}

/** Faults of views, in one language. */
async function faultsOfAll(page: Page, views: readonly View[], language: Language): Promise<readonly string[]> {
  if (views.length === 0) return [];
  await speak(page, language);
  const faults: string[] = [];
  const ways = new Map(views.flatMap((view) => waysOf(language, view)).map((way) => [`${way.width} ${way.colorScheme}`, way]));
  for (const [name, { width, colorScheme }] of ways) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    for (const view of views) {
      if (!waysOf(language, view).some((way) => way.width === width && way.colorScheme === colorScheme)) continue;
      const place = `${view.name} ${name} ${language}`;
      await goTo(page, view).catch((cause: unknown) => faults.push(`${place} did not open: ${String(cause)}`));
      faults.push(...(await faultsOf(page, place, width)));
      if (language === 'de' && !view.name.startsWith('cloud')) faults.push(...(await englishIn(page)).map((text) => `${place}: in English: ${text}`));
      await view.close?.(page);
    }
  }
  return faults;
}

const DOOR: View = { name: 'sign-in', path: '/', turn: 0 };

describe.each(['crm', 'cloud'] as const)('the page of the %s', (side) => {
  it('is accessible and fits in every view, at both widths, in both schemes and languages', { timeout: 240_000 }, async () => {
    const { address, email, password } = pages[side];
    await using window = await visit(address);
    const { page, expect4xx } = window;
    expect4xx(401, 404, 412);
    await page.goto('/');
    const door = side === 'crm' ? [DOOR] : CLOUD_DOOR;
    const faults = [...(await faultsOfAll(page, door, 'de')), ...(await faultsOfAll(page, door, 'en'))];
    await signInAs(window, email, password);
    const views = side === 'crm' ? [...crmViews(pages), ...crmDialogs(pages)] : CLOUD_VIEWS;
    for (const language of ['en', 'de'] as const) faults.push(...(await faultsOfAll(page, views, language)));
    expect(faults).toEqual([]);
  });
});

it('shows the whole table of runs in windows of usual widths', { timeout: 60_000 }, async () => {
  const { address, email, password } = pages.crm;
  await using window = await visit(address);
  const { page } = window;
  await signInAs(window, email, password);
  // German words are longer.
  await speak(page, 'de');
  await goTo(page, { name: 'runs', path: '/console?tab=runs' });
  for (const width of [1280, 1366, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `runs-${width}.png`) });
    const cut = await page.getByRole('region', { name: 'Läufe' }).evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    expect({ width, cut }).toEqual({ width, cut: 0 });
  }
});
