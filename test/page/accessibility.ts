import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds in what is seen now, a line each. Axe itself is brought in once, as long as the page is not loaded anew; the pages have no frames. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const results = await page.evaluate(() => {
    const { axe: there } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } };
    return there.run({ resultTypes: ['violations'], preload: false, iframes: false });
  });
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ''}`).join(' | ')}`,
  );
}
