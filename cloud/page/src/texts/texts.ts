import { pickLanguage } from '../../../../web/page/language.ts';
import { de } from './de.ts';
import { en, type Texts } from './en.ts';

const picked = pickLanguage<Texts>({ de, en });

/** The words of the page in the user's language. */
export const texts: Texts = picked.texts;

/** The language that the page speaks. */
export const { language } = picked;

/** Tag by which dates and numbers are formatted. */
export const formatLanguage = picked.format;

/** A name of the CRM's in words: `creditLimit` is `Credit limit`. */
const inWords = (name: string): string => {
  const words = name.replaceAll(/[_-]+/g, ' ').replaceAll(/([a-z\d])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`);
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

/** A collection's name for people. */
export const collectionText = (name: string): string => texts.collections[name] ?? inWords(name);

/** A field's name for people. */
export const fieldText = (name: string): string => texts.fields[name] ?? inWords(name);

/** A word of an enumeration for people. */
export const valueText = (value: string): string => texts.values[value] ?? value;
