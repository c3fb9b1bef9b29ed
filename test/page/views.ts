import type { Page, Request } from 'playwright-core';
import type { FilledPages } from './filled-pages.ts';

/** A view of a page: where it is, and what opens there. */
export interface View {
  readonly name: string;
  readonly path: string;
  /** Opens what has no address of its own. */
  readonly open?: (page: Page) => Promise<void>;
  /** Closes it again, where going to another view does not. */
  readonly close?: (page: Page) => Promise<void>;
  /** Of a view that is made of the same parts as others (a dialog, one more form): it is seen in two ways, by turns. */
  readonly turn?: number;
  /** It shows that something is being loaded, for as long as it is looked at. */
  readonly isLoading?: boolean;
}

/** Every view of the CRM's page. */
export function crmViews({ crm: { contactId, appointmentId } }: FilledPages): readonly View[] {
  const june = 'view=calendar&date=2026-07-30';
  const record = (kind: string, id: string): string => `/${kind}?open=${id}`;
  return [
    { name: 'contacts', path: '/contacts' },
    { name: 'contacts-chosen', path: `/contacts?search=ada&filter=${encodeURIComponent(JSON.stringify({ hasEmail: 'true' }))}`, open: chooseAll },
    { name: 'contacts-empty', path: '/contacts?search=nobody', turn: 0 },
    { name: 'contact', path: record('contacts', contactId) },
    { name: 'contact-new', path: '/contacts?open=new', open: save, turn: 1 },
    { name: 'contact-page', path: `/contacts/${contactId}` },
    { name: 'accounts', path: '/accounts', turn: 0 },
    { name: 'account-new', path: '/accounts?open=new', turn: 1 },
    { name: 'appointments', path: `/appointments?columns=${encodeURIComponent(JSON.stringify(['start', 'recurrence', 'status']))}` },
    { name: 'appointment', path: record('appointments', appointmentId), turn: 0 },
    { name: 'calendar-day', path: `/appointments?${june}&period=day`, turn: 1 },
    { name: 'calendar-week', path: `/appointments?${june}&period=week` },
    { name: 'calendar-month', path: `/appointments?${june}&period=month` },
    { name: 'tasks', path: '/tasks' },
    { name: 'task-new', path: '/tasks?open=new', turn: 0 },
    { name: 'synchronisation', path: '/synchronisation' },
    ...['health', 'runs', 'conflicts', 'set-aside', 'approvals', 'comparison', 'plans', 'keys'].map((tab) => ({ name: tab, path: `/console?tab=${tab}` })),
    { name: 'users', path: '/users', turn: 1 },
    { name: 'no-such-page', path: '/nowhere', turn: 0 },
  ];
}

/** Goes to a view as a link would, without loading the page again, and waits until it stands there. */
export async function goTo(page: Page, { path, open, isLoading = false }: View): Promise<void> {
  requestsOf(page);
  await page.evaluate((to) => {
    // Both pages listen to one or the other.
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await settle(page);
  if (open === undefined) return;
  await open(page);
  await settle(page, isLoading);
}

/** What pages are asking for, of the API or of their own parts that come when they are wanted; the stream of events goes on for ever. */
const underWay = new WeakMap<Page, Set<Request>>();

function requestsOf(page: Page): Set<Request> {
  const known = underWay.get(page);
  if (known !== undefined) return known;
  const requests = new Set<Request>();
  underWay.set(page, requests);
  page.on('request', (request) => /\/(api\/(?!events)|assets\/)/.test(request.url()) && requests.add(request));
  for (const end of ['requestfinished', 'requestfailed'] as const) page.on(end as 'requestfinished', (request) => requests.delete(request));
  return requests;
}

/** Waits until the API has answered everything. Whether there was anything to wait for. */
async function untilAnswered(page: Page): Promise<boolean> {
  const requests = requestsOf(page);
  if (requests.size === 0) return false;
  while (requests.size > 0) await Promise.race([page.waitForEvent('requestfinished'), page.waitForEvent('requestfailed')]);
  return true;
}

/** Waits until nothing is being loaded, and nothing moves but what moves for ever. */
async function settle(page: Page, mayLoad = false): Promise<void> {
  const twoFrames = async (): Promise<void> =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))));
  // What a change of place, width or scheme sets in motion begins with the frame after next; so does what was asked for, once it came.
  await twoFrames();
  if (!mayLoad && (await untilAnswered(page))) await twoFrames();
  await page.waitForFunction((isLoading) => {
    const isMoving = document
      .getAnimations()
      .some((animation) => animation.effect?.getComputedTiming().iterations !== Infinity && animation.playState === 'running');
    return (
      !isMoving &&
      document.querySelector('main') !== null &&
      (isLoading || document.querySelector('.mantine-Loader-root, .mantine-Skeleton-root, [data-loading]') === null)
    );
  }, mayLoad);
}

async function chooseAll(page: Page): Promise<void> {
  await page.locator('thead input[type=checkbox]').check();
}

/** Faults beside their inputs. */
export async function save(page: Page): Promise<void> {
  await page.locator('[role=dialog] form button[type=submit]').click();
  await page.locator('[role=dialog] [aria-invalid=true]').first().waitFor();
}
