import ICAL from 'ical.js';
import { TidegateError } from '../../../../exchange/errors.ts';
import { type NormalForm, nameOf, normalLine, takeApart, valueText } from './content-line.ts';
import type { Component } from './read-entries.ts';

/** A property's value: text, a number, or several of them where it is structured. */
export type PropertyValue = string | number | readonly PropertyValue[] | Readonly<Record<string, unknown>>;

/** A property as ical.js reads it (jCal, RFC 7265; jCard, RFC 7095). */
export interface Property {
  /** In capitals. */
  readonly name: string;
  readonly group: string | null;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  readonly type: string;
  readonly values: readonly PropertyValue[];
  /** The value as the file writes it, transfer encoding and character set undone. */
  readonly text: string;
}

/** How the lines of a component are read. */
export interface ReadOptions {
  readonly format: 'icalendar' | 'vcard';
  /** VERSION of the vCard. */
  readonly version?: string;
  /** Character set of lines that declare none. Default UTF-8. */
  readonly charset?: string | undefined;
}

/** The properties of one component that have one of some names, in order. */
export interface Properties {
  all(name: string): readonly Property[];
  first(name: string): Property | undefined;
}

type Jcal = [name: string, parameters: Record<string, string | string[]>, type: string, ...values: PropertyValue[]];

function parseLine(line: string, { format, version }: ReadOptions): Jcal {
  const design = format === 'icalendar' ? ICAL.design.icalendar : version === '4.0' ? ICAL.design.vcard : ICAL.design.vcard3;
  return ICAL.parse.property(line, design) as Jcal;
}

/** Properties of vCard whose values have parts. */
const STRUCTURED = new Set(['ADR', 'N', 'ORG']);

function normalForm(name: string, { format, version, charset }: ReadOptions): NormalForm {
  const old = format === 'vcard' && version !== '4.0';
  return { assumed: charset, plainCommas: old && version === '2.1', plainSemicolons: old && !STRUCTURED.has(name) };
}

/** A property whose values are read when they are first asked for, so that only what is needed can be at fault. */
function lazyProperty(name: string, bytes: Buffer, options: ReadOptions): Property | undefined {
  const parts = takeApart(bytes);
  if (parts === undefined) return undefined;
  let jcal: Jcal | undefined;
  const read = (): Jcal => {
    try {
      jcal ??= parseLine(normalLine(parts, normalForm(name, options)), options);
      return jcal;
    } catch (cause) {
      if (cause instanceof TidegateError) throw cause;
      throw new TidegateError('value-invalid', `${name} cannot be read.`, { property: name }, { cause });
    }
  };
  return {
    name,
    group: parts.group,
    get parameters() {
      return read()[1];
    },
    get type() {
      return read()[2];
    },
    get values() {
      return read().slice(3) as PropertyValue[];
    },
    get text() {
      return valueText(parts, options.charset);
    },
  };
}

/**
 * The properties of a component that have one of the names; all other lines, and whatever is nested, stay unread, and lines
 * that are none at all are skipped. What is asked of a property throws `value-invalid` with its name where ical.js cannot read
 * it, and `encoding-unknown` where its bytes are not of its character set.
 */
export function readProperties({ lines }: Pick<Component, 'lines'>, names: readonly string[], options: ReadOptions): Properties {
  const found = lines.flatMap(({ bytes, tooLong }) => {
    const name = nameOf(bytes);
    return tooLong || !names.includes(name) ? [] : (lazyProperty(name, bytes, options) ?? []);
  });
  return { all: (name) => found.filter((property) => property.name === name), first: (name) => found.find((property) => property.name === name) };
}

/** A property's value as one text; null where there is none or it is empty. Parts of structured values are joined by commas. */
export function textOf(property: Property | undefined): string | null {
  const text = (property?.values ?? []).map((value) => (Array.isArray(value) ? value.join(',') : String(value))).join(',');
  return text.trim() === '' ? null : text;
}

/** A parameter's values in lower case: of `TYPE=WORK,VOICE` work and voice. */
export function parameterValues(property: Property, name: string): readonly string[] {
  const value = property.parameters[name];
  return (typeof value === 'string' ? value.split(',') : (value ?? [])).map((each) => each.toLowerCase().trim());
}
