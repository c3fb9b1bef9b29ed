import { describe, expect, it } from 'vitest';
import { pickLanguage } from '../../../web/page/language.ts';
import { readAs } from '../../support/page-reader.ts';

const WORDS = { de: 'Hallo', en: 'Hello' };

const pick = (languages: readonly string[], chosen?: string) => {
  const told = readAs({ languages, ...(chosen === undefined ? {} : { chosen }) });
  return { ...pickLanguage(WORDS), document: told.documentLanguage() };
};

describe('the language of a page', () => {
  it.each([
    [['de-AT', 'en'], 'de', 'de-AT'],
    [['fr-FR', 'de-CH', 'en-US'], 'de', 'de-CH'],
    [['en-GB', 'de'], 'en', 'en-GB'],
    [['fr', 'pl'], 'en', 'en'],
    [[], 'en', 'en'],
    // What begins alike is another language.
    [['dea', 'enm-GB'], 'en', 'en'],
  ])('for readers of %j is %s, with the formats of %s', (languages, language, format) => {
    expect(pick(languages)).toEqual({ language, texts: WORDS[language as 'de'], format, document: language });
  });

  it('is the one that was chosen, with the formats of its region where the reader has one', () => {
    expect(pick(['en-GB', 'de-AT'], 'de')).toMatchObject({ language: 'de', format: 'de-AT', document: 'de' });
    expect(pick(['en-GB'], 'de')).toMatchObject({ language: 'de', format: 'de' });
  });

  it.each(['fr', '', 'constructor', 'DE'])('is not one that the page does not speak: %j', (chosen) => {
    expect(pick(['de'], chosen)).toMatchObject({ language: 'de', texts: 'Hallo' });
  });
});
