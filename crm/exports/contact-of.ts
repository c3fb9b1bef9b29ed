import { TidegateError } from '../../exchange/errors.ts';
import { type Properties, type Property, type PropertyValue, readProperties, textOf } from '../../adaptor/data/import/entries/properties.ts';
import { isPrivate, modifiedOf } from './common-properties.ts';
import { labelOf } from './labels.ts';
import type { Mapping } from './mapped-record.ts';

const NAMES = [
  'ADR',
  'BDAY',
  'CLASS',
  'EMAIL',
  'FN',
  'KIND',
  'LABEL',
  'N',
  'NOTE',
  'ORG',
  'REV',
  'TEL',
  'TITLE',
  'UID',
  'VERSION',
  'X-ABLABEL',
  'X-ADDRESSBOOKSERVER-KIND',
];

/** One part of a structured value: its list as one text, or null. */
function partOf(property: Property | undefined, index: number, separator: string): string | null {
  const [value] = property?.values ?? [];
  const part: PropertyValue | undefined = Array.isArray(value) ? (value as readonly PropertyValue[])[index] : index === 0 ? value : undefined;
  const text = Array.isArray(part) ? part.map(String).join(separator) : part === undefined ? '' : String(part);
  return text.trim() === '' ? null : text.trim();
}

/** A telephone number; of a `tel:` URI (RFC 3966) what stands behind the scheme. */
function phoneOf(property: Property): string | null {
  return textOf(property)?.replace(/^tel:/i, '').trim() ?? null;
}

/** Parts of an address, one a line, in the order of RFC 6350 section 6.3.1; what stands in no part is taken from its LABEL. */
function addressOf(property: Property): string | null {
  const lines = [0, 1, 2, 3, 4, 5, 6].flatMap((index) => partOf(property, index, ',') ?? []);
  return lines.length === 0 ? null : lines.join('\n');
}

interface Labelled {
  readonly label: string;
  readonly value: string;
}

function labelled(all: Properties, name: string, valueOf: (property: Property) => string | null): Labelled[] {
  return all.all(name).flatMap((property) => {
    const value = valueOf(property);
    return value === null ? [] : [{ label: labelOf(property, all), value }];
  });
}

/** A whole date of BDAY (RFC 6350 section 6.2.5); dates without a year are none that the CRM can hold. */
function birthdayOf(all: Properties): string | null {
  for (const property of all.all('BDAY')) {
    const date = /^(\d{4}-\d{2}-\d{2})(?:T|$)/.exec(String(property.values[0] ?? ''))?.[1];
    // Apple writes a year that nobody was born in where the year is left out.
    if (date === undefined || property.parameters['x-apple-omit-year'] !== undefined) continue;
    const parsed = new Date(`${date}T00:00:00Z`);
    if (!Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date)) return date;
  }
  return null;
}

/** Names of a person or a company. A card without N has its formatted name as family name, unless that is the company's. */
function namesOf(all: Properties, listSeparator: string) {
  const n = all.all('N').find((property) => textOf(property)?.replaceAll(',', '').trim());
  const company = partOf(all.first('ORG'), 0, ' ');
  const formatted = textOf(all.first('FN'))?.trim() ?? null;
  const family = partOf(n, 0, listSeparator);
  const given = partOf(n, 1, listSeparator);
  const organisation = textOf(all.first('KIND'))?.toLowerCase() === 'org';
  if (family !== null || given !== null) return { family_name: family, given_name: given, company };
  if (organisation) return { family_name: null, given_name: null, company: company ?? formatted };
  return { family_name: formatted === company ? null : formatted, given_name: null, company };
}

/**
 * A contact from a vCard (2.1, RFC 2426, RFC 6350). What it does not take stays in the entry's text: further names, prefixes,
 * units of a company, photos, dates without a year, instant messengers... Throws `entry-unsupported` for groups and
 * `value-invalid` for a card in which nothing is left.
 */
export const contactOf: Mapping = ({ component }, { charset }) => {
  const version = textOf(readProperties(component, ['VERSION'], { format: 'vcard', charset }).first('VERSION'))?.trim() ?? '2.1';
  const all = readProperties(component, NAMES, { format: 'vcard', version, charset });
  const kind = textOf(all.first('KIND') ?? all.first('X-ADDRESSBOOKSERVER-KIND'))?.toLowerCase();
  if (kind === 'group') throw new TidegateError('entry-unsupported', 'The card is a group of contacts.');
  const addresses = labelled(all, 'ADR', addressOf);
  const notes = all.all('NOTE').flatMap((property) => textOf(property) ?? []);
  const values = {
    ...namesOf(all, version === '4.0' ? ' ' : ','),
    job_title: textOf(all.first('TITLE'))?.trim() ?? null,
    emails: labelled(
      all,
      'EMAIL',
      (property) =>
        textOf(property)
          ?.replace(/^mailto:/i, '')
          .trim() ?? null,
    ),
    phones: labelled(all, 'TEL', phoneOf),
    addresses: addresses.length > 0 ? addresses : labelled(all, 'LABEL', (property) => textOf(property)?.trim() ?? null),
    birthday: birthdayOf(all),
    note: notes.length === 0 ? null : notes.join('\n\n'),
    private: isPrivate(all),
  };
  const isEmpty = Object.entries(values).every(([name, value]) => name === 'private' || value === null || (Array.isArray(value) && value.length === 0));
  if (isEmpty) throw new TidegateError('value-invalid', 'The card holds nothing that a contact has a field for.');
  return {
    kind: 'contact',
    uid: textOf(all.first('UID'))?.trim() ?? null,
    occurrence: null,
    values,
    added: [],
    sequence: 0,
    modified: modifiedOf(all.first('REV')),
    version,
    timeZones: [],
  };
};
