import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../../../../exchange/errors.ts';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['de-DE'] });
const crm = {
  de: {
    ...(await import('../../../../crm/page/src/texts/reasons-de.ts')).deReasons,
    ...(await import('../../../../crm/page/src/texts/de.ts')).de.errors.codes,
  },
  en: {
    ...(await import('../../../../crm/page/src/texts/reasons-en.ts')).enReasons,
    ...(await import('../../../../crm/page/src/texts/en.ts')).en.errors.codes,
  },
};
const cloud = {
  de: (await import('../../../../cloud/page/src/texts/de.ts')).de.errors.codes,
  en: (await import('../../../../cloud/page/src/texts/en.ts')).en.errors.codes,
};
const { doorTexts } = await import('../../../../web/page/sign-in/door-texts.ts');
const { peopleTexts } = await import('../../../../web/page/people/people-texts.ts');
const { reasonText } = await import('../../../../crm/page/src/texts/reason-text.ts');

/** Codes that the API of a page answers with, as its document says. */
function codesOf(document: string): readonly string[] {
  const { components } = JSON.parse(readFileSync(new URL(`../../../../docs/${document}`, import.meta.url), 'utf8')) as { components: { responses: object } };
  return [...new Set(Object.keys(components.responses).flatMap((name) => name.split('.').slice(1)))];
}

/** The forms say these themselves, beside the field; and the pages ask in no other form than JSON. */
const SAID_ELSEWHERE = ['user-exists', 'last-administrator', 'password-refused', 'unsupported-media'];

describe.each([
  ['the CRM’s page', 'crm-api.json', crm],
  ['the cloud’s page', 'cloud-page-api.json', cloud],
])('%s', (_page, document, words: Readonly<Record<'de' | 'en', Readonly<Record<string, string>>>>) => {
  const codes = codesOf(document).filter((code) => !SAID_ELSEWHERE.includes(code));

  it('has words in both languages for whatever its API refuses', () => {
    expect(codes.length).toBeGreaterThan(15);
    for (const language of ['de', 'en'] as const) expect(codes.filter((code) => words[language][code] === undefined)).toEqual([]);
  });

  it('says nothing in one language that the other does not say, and nothing in the words of the other', () => {
    expect(Object.keys(words.de).toSorted()).toEqual(Object.keys(words.en).toSorted());
    expect(Object.keys(words.de).filter((code) => words.de[code] === words.en[code])).toEqual([]);
  });

  it('shows a sentence, and never a code or an instruction for a program', () => {
    for (const sentence of [...Object.values(words.de), ...Object.values(words.en)]) {
      expect(sentence).toMatch(/^\p{Lu}.*[.!]$/u);
      expect(sentence.split(/[^a-z-]+/).filter((word) => word.includes('-') && isErrorCode(word))).toEqual([]);
    }
  });
});

describe('what the forms say themselves', () => {
  it('is there: a taken address, the last administrator, each rule of passwords', () => {
    for (const code of ['user-exists', 'last-administrator']) expect(peopleTexts.errors[code]).toMatch(/\.$/);
    for (const rule of ['short', 'long', 'guessable', 'same']) expect(doorTexts.rules[rule]).toMatch(/\.$/);
  });
});

describe('a reason', () => {
  it('is told in the user’s words, for a code of either list, and for one that nobody knows', () => {
    expect(reasonText('value-too-long')).toBe(crm.de['value-too-long']);
    // Only the page itself has words for it.
    expect(reasonText('not-allowed')).toBe(crm.de['not-allowed']);
    expect(reasonText('from-the-future')).toBe(reasonText('unexpected'));
    expect(reasonText('from-the-future')).not.toContain('from-the-future');
  });
});
