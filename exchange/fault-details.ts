/*
 * What more there is to say of a record set aside than its code: a closed list of sentences with at most one parameter (`*`: a
 * type, a table, a constraint, a SQLSTATE; never record content). They are stored as sentences, which is what engineers and
 * auditors read; a page finds the name back and says it in its user's language.
 */

/** The sentences by their names. */
export const FAULT_DETAILS = {
  'value-needed': 'A value is required.',
  'longer-than': 'Longer than * holds.',
  'too-long': 'A value is longer than its column holds.',
  'not-of-type': 'Not a value of type *.',
  'does-not-fit': 'A value does not fit its column (SQLSTATE *).',
  'not-listed': 'The value is not in the list of values.',
  'key-not-of-type': 'The key is missing or not of its type.',
  'parent-missing': 'The parent is not in this store.',
  'referred-to': 'Records of * refer to it.',
  constraint: 'The constraint * refuses it.',
  rule: 'A rule or trigger of the table refuses it (SQLSTATE *).',
  'several-agree': 'More than one record agrees in these fields.',
  'operation-not-ordered': 'The message does not order this operation.',
  'field-not-ordered': 'The message or the authority of the field does not allow it.',
  'not-sealed': 'It is not a sealed value.',
  'sealed-older': 'It is an older version than the cloud had.',
  'sealed-by-other': 'It is sealed under a key that is not known here.',
  'sealed-altered': 'It was altered, or belongs to another record or field.',
} as const satisfies Record<string, string>;

/** Name of a sentence. */
export type FaultDetailName = keyof typeof FAULT_DETAILS;

/** A sentence with its parameter; null where it has none. */
export interface FaultDetail {
  readonly name: FaultDetailName;
  readonly parameter: string | null;
}

/** The sentence of a name. */
export function faultDetail(name: FaultDetailName, parameter = ''): string {
  return FAULT_DETAILS[name].replace('*', () => parameter);
}

/** Name and parameter of a sentence; undefined for one that is none of these, such as a code's own title. */
export function readFaultDetail(text: string): FaultDetail | undefined {
  for (const [name, sentence] of Object.entries(FAULT_DETAILS) as [FaultDetailName, string][]) {
    const [before = '', after] = sentence.split('*');
    if (after === undefined) {
      if (text === sentence) return { name, parameter: null };
    } else if (text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)) {
      return { name, parameter: text.slice(before.length, text.length - after.length) };
    }
  }
  return undefined;
}
