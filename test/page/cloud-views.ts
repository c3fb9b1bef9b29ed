import type { Page } from 'playwright-core';
import { save, type View } from './views.ts';

/*
 * The third party's page. The views that differ most are seen in every way, the others each at both widths and in both languages, every
 * other one in the other scheme (`turn`). What has no address of its own is opened by what is the same in every language: roles, places, classes.
 */

const ROW = 'main tbody tr button';
const MODAL = '.mantine-Modal-content';
const july = 'view=calendar&date=2026-07-30';

/** What is seen before anybody has signed in. */
export const CLOUD_DOOR: readonly View[] = [{ name: 'cloud-door', path: '/', turn: 0 }];

/** Every view of the third party's page, its menus, dialogs and questions, as an administrator of the tenant sees them. */
export const CLOUD_VIEWS: readonly View[] = [
  { name: 'cloud-contacts', path: '/contacts' },
  { name: 'cloud-contacts-empty', path: '/contacts?search=nobody', turn: 0 },
  { name: 'cloud-contact', path: '/contacts?search=lovelace', open: openFirst },
  { name: 'cloud-contact-new', path: '/contacts?open=new', turn: 1 },
  { name: 'cloud-calendar-day', path: `/appointments?${july}&period=day`, turn: 2 },
  { name: 'cloud-calendar-week', path: `/appointments?${july}&period=week` },
  { name: 'cloud-calendar-month', path: `/appointments?${july}&period=month`, turn: 3 },
  { name: 'cloud-appointments', path: '/appointments', turn: 4 },
  { name: 'cloud-appointment', path: '/appointments?search=team', open: openFirst, turn: 5 },
  { name: 'cloud-appointment-new', path: `/appointments?${july}&open=new&begins=2026-07-30`, turn: 6 },
  { name: 'cloud-tasks', path: '/tasks', turn: 7 },
  { name: 'cloud-task-new', path: '/tasks?open=new', open: save, turn: 8 },
  { name: 'cloud-products', path: '/products', turn: 9 },
  { name: 'cloud-employees', path: '/employees.' },
  { name: 'cloud-no-such-place', path: '/nowhere', turn: 10 },
  { name: 'cloud-account-menu', path: '/tasks', open: openMenu, close: escape, turn: 11 },
  { name: 'cloud-places', path: '/contacts', open: openPlaces, close: closePlaces, turn: 12 },
  { name: 'cloud-password', path: '/contacts', open: openPassword, close: escape, turn: 13 },
  { name: 'cloud-contact-delete', path: '/contacts?search=lovelace', open: askToDelete, close: escape, turn: 14 },
  { name: 'cloud-contact-unsaved', path: '/contacts?open=new', open: leaveEntered, close: leave, turn: 15 },
  { name: 'cloud-employee-new', path: '/employees.', open: clickIn('main .mantine-Button-root', MODAL), close: escape, turn: 16 },
  { name: 'cloud-employee-acts', path: '/employees.', open: openActs, close: escape, turn: 17 },
  { name: 'cloud-employee-sure', path: '/employees.', open: askForPassword, close: escape, turn: 18 },
  { name: 'cloud-employee-password', path: '/employees.', open: givePassword, close: escape, turn: 19 },
];

/** Clicks on the first of what is there, and waits for what comes of it. */
function clickIn(what: string, outcome: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.locator(what).first().click();
    await page.locator(outcome).first().waitFor();
  };
}

async function openFirst(page: Page): Promise<void> {
  await clickIn(ROW, '[role=dialog] form')(page);
}

async function openMenu(page: Page): Promise<void> {
  await clickIn('header [aria-haspopup=menu]', '[role=menu]')(page);
}

async function openPassword(page: Page): Promise<void> {
  await openMenu(page);
  await page.getByRole('menuitem').nth(-2).click();
  await page.locator(`${MODAL} form`).waitFor();
}

/** Where it is wide the places are always there. */
async function openPlaces(page: Page): Promise<void> {
  const burger = page.locator('header .mantine-Burger-root');
  if (await burger.isVisible()) await burger.click();
}

async function closePlaces(page: Page): Promise<void> {
  await openPlaces(page);
}

async function askToDelete(page: Page): Promise<void> {
  await openFirst(page);
  await clickIn('.form-footer button', MODAL)(page);
}

async function leaveEntered(page: Page): Promise<void> {
  await page.locator('[role=dialog] form input').first().fill('Entered and not saved');
  await page.keyboard.press('Escape');
  await page.locator(`${MODAL} [data-autofocus]`).waitFor();
}

async function leave(page: Page): Promise<void> {
  await page.locator(`${MODAL} button`).last().click();
  await page.locator(MODAL).waitFor({ state: 'detached' });
}

async function openActs(page: Page): Promise<void> {
  await clickIn('main :is(td, li) [aria-haspopup=menu]', '[role=menu]')(page);
}

async function askForPassword(page: Page): Promise<void> {
  await page
    .locator('main :is(tr, li)')
    .filter({ hasText: /rea@acme/ })
    .locator('[aria-haspopup=menu]')
    .click();
  await page.getByRole('menuitem').nth(1).click();
  await page.locator(MODAL).waitFor();
}

async function givePassword(page: Page): Promise<void> {
  await askForPassword(page);
  await page.locator(`${MODAL} button`).last().click();
  await page.locator(`${MODAL} code`).waitFor();
}

async function escape(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator(`${MODAL}, [role=menu]`).waitFor({ state: 'detached' });
}
