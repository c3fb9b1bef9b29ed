import type { Page } from 'playwright-core';
import type { FilledPages } from './filled-pages.ts';
import type { View } from './views.ts';

/*
 * What has no address of its own on the CRM's page: menus, dialogs, questions, and states that pass. They are opened by what is
 * the same in every language: roles, places, classes.
 */

const escape = async (page: Page): Promise<void> => page.keyboard.press('Escape');

/** Opens a dialog by a button in a place, and waits until its content stands there. */
const dialogBy =
  (place: string, content = '.mantine-Modal-body *') =>
  async (page: Page): Promise<void> => {
    await page.locator(place).first().click();
    await page.locator(content).first().waitFor();
  };

/** Leaves what was entered behind: the question's red button. */
async function leaveUnsaved(page: Page): Promise<void> {
  const question = page.locator('.mantine-Modal-body button').last();
  if (!(await question.isVisible())) await escape(page);
  await question.click();
  await question.waitFor({ state: 'detached' });
  await page.unrouteAll();
}

async function enterName(page: Page): Promise<void> {
  await page.locator('[role=dialog] form input').first().fill('Entered and not saved');
}

/** Opens a record's page whose record never comes. */
const waitForRecord =
  (id: string) =>
  async (page: Page): Promise<void> => {
    await page.route(`**/api/contacts/${id}`, () => {});
    await page.evaluate((to) => {
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, `/contacts/${id}`);
    await page.locator('main .mantine-Loader-root').waitFor();
  };

const unroute = async (page: Page): Promise<void> => page.unrouteAll();

/** Dialogs and passing states of the CRM's page, each in its turn. */
export function crmDialogs({ crm }: FilledPages): readonly View[] {
  const tab = (name: string): string => `/console?tab=${name}`;
  const rowButton = 'main tbody tr button';
  const dialogs: readonly View[] = [
    { name: 'account-menu', path: '/accounts', open: dialogBy('header button[aria-haspopup=menu]', '[role=menu]'), close: escape },
    {
      name: 'search-everything',
      path: '/tasks',
      open: async (page) => {
        await page.locator('header .search-button').click();
        await page.locator('input.mantine-Spotlight-search').fill('ada');
        await page.locator('.mantine-Spotlight-action').first().waitFor();
      },
      close: escape,
    },
    { name: 'contacts-selected', path: '/contacts', open: async (page) => page.locator('thead input[type=checkbox]').check() },
    {
      name: 'contact-origins',
      path: `/contacts?open=${crm.contactId}`,
      open: dialogBy('[role=dialog] button[aria-expanded=false][aria-controls]:not([aria-haspopup])', '[role=dialog] section table'),
      close: escape,
    },
    { name: 'state-reason', path: '/contacts?search=babbage', open: dialogBy('.state-chip', '.mantine-Popover-dropdown'), close: escape },
    { name: 'contact-filters', path: '/contacts', open: dialogBy('main button[aria-haspopup=dialog]', '.mantine-Popover-dropdown'), close: escape },
    { name: 'contact-long', path: `/contacts/${crm.longContactId}` },
    {
      name: 'conflict-of-versions',
      path: `/contacts?open=${crm.contactId}`,
      open: async (page) => {
        const title = page.locator('[role=dialog] form input').nth(3);
        await title.fill('Programmer');
        await crm.changeMeanwhile();
        await page.locator('[role=dialog] button[type=submit]').click();
        await page.locator('[role=dialog] table').first().waitFor();
      },
      close: leaveUnsaved,
    },
    {
      name: 'unsaved-question',
      path: '/accounts?open=new',
      open: async (page) => {
        await enterName(page);
        await escape(page);
        await page.locator('.mantine-Modal-body').waitFor();
      },
      close: leaveUnsaved,
    },
    {
      name: 'day-picker',
      path: '/tasks?open=new',
      open: dialogBy('[role=dialog] .mantine-Input-section button.mantine-ActionIcon-root', '.mantine-Popover-dropdown table'),
      close: escape,
    },
    { name: 'run-books', path: tab('runs'), open: dialogBy('main tbody td:last-child button', '.mantine-Modal-body table'), close: escape },
    {
      name: 'undo',
      path: tab('runs'),
      open: dialogBy('main tbody td:last-child button:nth-child(2)', '.mantine-Modal-body form'),
      close: escape,
    },
    { name: 'restore', path: tab('conflicts'), open: dialogBy('main tbody button', '.mantine-Modal-body form'), close: escape },
    {
      name: 'bulk-decision',
      path: tab('conflicts'),
      open: async (page) => {
        await page.locator('main button[aria-haspopup=menu]').click();
        await page.locator('[role=menuitem]').last().click();
        await page.locator('.mantine-Modal-body form').waitFor();
      },
      close: escape,
    },
    { name: 'set-aside-edit', path: tab('set-aside'), open: dialogBy(rowButton, '.mantine-Modal-body textarea'), close: escape },
    { name: 'approval-differences', path: tab('approvals'), open: dialogBy(rowButton, '.mantine-Modal-body table'), close: escape },
    { name: 'plan-differences', path: tab('plans'), open: dialogBy(rowButton, '.mantine-Modal-body table'), close: escape },
    { name: 'comparison-differences', path: tab('comparison'), open: dialogBy(rowButton, '.mantine-Modal-body table'), close: escape },
    { name: 'record-gone', path: '/contacts/00000000-0000-4000-8000-000000000000', open: async (page) => page.locator('main [role=alert]').waitFor() },
    { name: 'record-loading', path: '/tasks', open: waitForRecord(crm.contactId), close: unroute, isLoading: true },
    {
      name: 'link-stopped',
      path: '/synchronisation',
      open: async (page) => {
        await crm.stopLink();
        await page.locator('main [role=status] details').first().waitFor();
      },
      close: crm.openLink,
    },
  ];
  return dialogs.map((view, turn) => ({ ...view, turn }));
}
