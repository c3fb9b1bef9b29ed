import type { Page } from 'playwright-core';
import type { FilledPages } from './filled-pages.ts';

/** A view of a page: where it is, and what opens there. */
export interface View {
  readonly name: string;
  readonly path: string;
  /** Opens what has no address of its own. */
  readonly open?: (page: Page) => Promise<void>;
  /** Closes it again, where going to another view does not. */
  readonly close?: (page: Page) => Promise<void>;
  /** Number of a view that is a dialog or passes: it is seen in fewer ways. */
  readonly dialog?: number;
}

/** Every view of the CRM's page. */
export function crmViews({ crm: { contactId, appointmentId } }: FilledPages): readonly View[] {
  const june = 'view=calendar&date=2026-07-30';
  const record = (kind: string, id: string): string => `/${kind}?open=${id}`;
  return [
    { name: 'contacts', path: '/contacts' },
    { name: 'contacts-chosen', path: `/contacts?search=ada&filter=${encodeURIComponent(JSON.stringify({ hasEmail: 'true' }))}`, open: chooseAll },
    { name: 'contacts-empty', path: '/contacts?search=nobody' },
    { name: 'contact', path: record('contacts', contactId) },
    { name: 'contact-new', path: '/contacts?open=new', open: save },
    { name: 'contact-page', path: `/contacts/${contactId}` },
    { name: 'accounts', path: '/accounts' },
    { name: 'account-new', path: '/accounts?open=new' },
    { name: 'appointments', path: `/appointments?columns=${encodeURIComponent(JSON.stringify(['start', 'recurrence', 'status']))}` },
    { name: 'appointment', path: record('appointments', appointmentId) },
    { name: 'calendar-day', path: `/appointments?${june}&period=day` },
    { name: 'calendar-week', path: `/appointments?${june}&period=week` },
    { name: 'calendar-month', path: `/appointments?${june}&period=month` },
    { name: 'tasks', path: '/tasks' },
    { name: 'task-new', path: '/tasks?open=new' },
    { name: 'synchronisation', path: '/synchronisation' },
    ...['health', 'runs', 'conflicts', 'set-aside', 'approvals', 'comparison', 'plans', 'keys'].map((tab) => ({ name: tab, path: `/console?tab=${tab}` })),
    { name: 'users', path: '/users' },
    { name: 'no-such-page', path: '/nowhere' },
  ];
}

/** Goes to a view as a link would, without loading the page again, and waits until it stands there. */
export async function goTo(page: Page, { path, open }: View): Promise<void> {
  await page.evaluate((to) => {
    // Both pages listen to one or the other.
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await settle(page);
  if (open === undefined) return;
  await open(page);
  await settle(page);
}

/** Waits until nothing is being loaded, and nothing moves but what moves for ever. */
async function settle(page: Page): Promise<void> {
  // What a change of place, width or scheme sets in motion begins with the frame after next.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForFunction(() => {
    const isMoving = document
      .getAnimations()
      .some((animation) => animation.effect?.getComputedTiming().iterations !== Infinity && animation.playState === 'running');
    return (
      !isMoving && document.querySelector('main') !== null && document.querySelector('.mantine-Loader-root, .mantine-Skeleton-root, [data-loading]') === null
    );
  });
}

async function chooseAll(page: Page): Promise<void> {
  await page.locator('thead input[type=checkbox]').check();
}

/** Faults beside their inputs. */
export async function save(page: Page): Promise<void> {
  await page.locator('[role=dialog] form button[type=submit]').click();
  await page.locator('[role=dialog] [aria-invalid=true]').first().waitFor();
}
