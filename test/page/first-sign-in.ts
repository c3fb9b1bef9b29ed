import type { Visit } from './browser.ts';

/** Signs in with a password that an administrator gave: an own one has to be chosen before anything else. */
export async function beginWith({ page, expect4xx }: Visit, email: string, given: string): Promise<void> {
  expect4xx(401);
  await page.goto('/');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(given);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Choose your own before you go on.').waitFor();
}

/** Enters another password and sends it. */
export async function chooseOwn({ page }: Visit, current: string, next = 'seven brown kettles sing'): Promise<void> {
  await page.getByRole('textbox', { name: 'Current password' }).fill(current);
  for (const name of ['New password', 'New password, again']) await page.getByRole('textbox', { name, exact: true }).fill(next);
  await page.getByRole('button', { name: 'Change password' }).click();
}
