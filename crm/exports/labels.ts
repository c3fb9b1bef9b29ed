import { type Properties, type Property, parameterValues, textOf } from '../../adaptor/data/import/entries/properties.ts';

/** Types that say where a value belongs, and the label under which the CRM knows them, in the order of a label's words. */
const WORDS: readonly (readonly [type: RegExp, word: string])[] = [
  [/^(work|business)$/, 'work'],
  [/^(home|personal)$/, 'home'],
  [/^(cell|mobile|iphone)$/, 'mobile'],
  [/^fax$/, 'fax'],
  [/^pager$/, 'pager'],
  [/^car$/, 'car'],
  [/^main$/, 'main'],
];

/** Types that say how a value is written or preferred, and nothing of where it belongs. */
const NO_LABEL = /^(internet|x400|pref|voice|msg|text|video|postal|parcel|intl|dom|modem|bbs|isdn|pcs|textphone|other|uri|x-.*)$/;

/** Apple's own labels stand in brackets: `_$!<Home>!$_`. */
const APPLE = /^_\$!<(.*)>!\$_$/;

/**
 * The label of one of several values: what its types say (`work fax`, `mobile`), or the label that Apple and Google give its
 * group (X-ABLabel); empty where nothing is said.
 */
export function labelOf(property: Property, all: Properties): string {
  const types = parameterValues(property, 'type');
  const words = WORDS.filter(([type]) => types.some((each) => type.test(each))).map(([, word]) => word);
  if (words.length > 0) return words.join(' ');
  const named = property.group === null ? undefined : all.all('X-ABLABEL').find(({ group }) => group?.toLowerCase() === property.group?.toLowerCase());
  const label = named === undefined ? null : textOf(named);
  if (label !== null) return (APPLE.exec(label)?.[1] ?? label).slice(0, 100);
  return (types.find((type) => !NO_LABEL.test(type)) ?? '').slice(0, 100);
}
