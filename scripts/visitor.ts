import { type Browser, type Page, chromium } from 'playwright-core';

/** A Chromium for scripts that look at the pages: the one that TIDEGATE_CHROMIUM names, else /usr/bin/chromium. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['TIDEGATE_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
}

/** Signs in at the door of the CRM's page with the first password, as the first start printed it. */
export async function signIn(page: Page, printed: string): Promise<void> {
  const [, email = '', password = ''] = /Sign in as (\S+) with the password (\S+)/.exec(printed) ?? [];
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' });
}
