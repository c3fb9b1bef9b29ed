import type { Page } from 'playwright-core';
import { de } from '../../crm/page/src/texts/de.ts';
import { en } from '../../crm/page/src/texts/en.ts';
import { enReasons } from '../../crm/page/src/texts/reasons-en.ts';
import { enUndo } from '../../crm/page/src/texts/undo-en.ts';

/** Texts of a tree of words. */
function leaves(words: object): string[] {
  return Object.values(words).flatMap((word: unknown) => (typeof word === 'object' && word !== null ? leaves(word) : typeof word === 'string' ? [word] : []));
}

const GERMAN = new Set(leaves(de));
const ENGLISH = new Set(leaves([en, enUndo, enReasons]).filter((text) => !GERMAN.has(text)));

/** Words that no German sentence has. */
const ENGLISH_WORD = /\b(the|is|are|of|and|it|by|has|been|does|which|than)\b/i;

/** What users of the filled pages have written. */
const WRITTEN = ['in the morning', 'about the offer', 'Send the contract', 'Order the cake', 'what an employee wrote'];

/** English that is seen on the page where it speaks German; what is marked as English (for operators) may be. */
export async function englishIn(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const place = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (text !== '' && place?.closest('[lang=en], script, style') === null && place.checkVisibility()) found.push(text);
    }
    return found;
  });
  return texts.filter((text) => (ENGLISH.has(text) || ENGLISH_WORD.test(text)) && !WRITTEN.some((written) => text.includes(written)));
}
