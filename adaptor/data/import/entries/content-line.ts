import { TidegateError } from '../../../../exchange/errors.ts';

/** A content line taken apart, its value still as bytes. */
export interface LineParts {
  /** Group before the name (`item1` of `item1.TEL`), or null. */
  readonly group: string | null;
  /** In capitals. */
  readonly name: string;
  /** Parameters in order; a bare one (`TEL;WORK`, vCard 2.1) has no name. Values are as they stand, quotes included. */
  readonly parameters: readonly { readonly name: string | null; readonly value: string }[];
  readonly value: Buffer;
}

const BARE_ENCODINGS = /^(QUOTED-PRINTABLE|BASE64|B|7BIT|8BIT)$/i;

/** Positions of an ASCII character outside of double quotes. */
function positionsOf(text: string, wanted: string): number[] {
  const found: number[] = [];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === wanted) found.push(i);
  }
  return found;
}

/** Byte position of the colon before the value: the first one outside of quotes, or the first where quotes are broken. */
function colonOf(bytes: Buffer): number {
  let quoted = false;
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] === 0x22) quoted = !quoted;
    else if (!quoted && bytes[i] === 0x3a) return i;
  }
  return bytes.indexOf(0x3a);
}

/** Name of a line without reading the rest of it, in capitals and without its group. */
export function nameOf(bytes: Buffer): string {
  const head = /^\s*(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)\s*[;:]/.exec(bytes.toString('latin1', 0, 200));
  return (head?.[1] ?? '').toUpperCase();
}

/** Takes a content line apart (RFC 5545 section 3.1, RFC 6350 section 3.3, vCard 2.1). Undefined for a line that is none. */
export function takeApart(bytes: Buffer): LineParts | undefined {
  const colon = colonOf(bytes);
  if (colon === -1) return undefined;
  const head = decodeText(bytes.subarray(0, colon), undefined);
  const cuts = [...positionsOf(head, ';'), head.length];
  const full = head.slice(0, cuts[0]).trim();
  const match = /^(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)$/.exec(full);
  if (match === null) return undefined;
  const parameters = cuts.slice(1).flatMap((end, i): { readonly name: string | null; readonly value: string }[] => {
    const text = head.slice((cuts[i] ?? 0) + 1, end).trim();
    const equals = text.indexOf('=');
    if (text === '') return [];
    return equals === -1 ? [{ name: null, value: text }] : [{ name: text.slice(0, equals).trim().toUpperCase(), value: text.slice(equals + 1).trim() }];
  });
  return { group: match[1] ?? null, name: (match[2] ?? '').toUpperCase(), parameters, value: bytes.subarray(colon + 1) };
}

/** Bytes as text. `charset` is a label of the Encoding Standard. Throws `encoding-unknown` where they are not of that encoding. */
function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw new TidegateError('encoding-unknown', 'A CHARSET is not known.', {}, { cause });
    throw new TidegateError('encoding-unknown', undefined, {}, { cause });
  }
}

/** What decoded characters become, so that structure stays apart from content: escaped as in vCard 3.0. */
const ESCAPED = new Map<number, string>([
  [0x0a, String.raw`\n`],
  [0x0d, ''],
  [0x2c, String.raw`\,`],
  [0x3b, String.raw`\;`],
  [0x5c, String.raw`\\`],
]);

/** Quoted-printable (RFC 2045 section 6.7) as bytes; encoded separators and line ends come out escaped. What is no escape stays. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replaceAll(/=([0-9A-Fa-f]{2})/g, (_whole, hex: string) => {
    const byte = Number.parseInt(hex, 16);
    return ESCAPED.get(byte) ?? String.fromCharCode(byte);
  });
  return Buffer.from(text, 'latin1');
}

/** A value as text: transfer encoding and character set undone. `assumed` is the character set where the line declares none. */
export function valueText({ parameters, value }: LineParts, assumed: string | undefined): string {
  const encoding = parameters.find(({ name, value: text }) => name === 'ENCODING' || (name === null && BARE_ENCODINGS.test(text)))?.value ?? '';
  const charset = parameters.find(({ name }) => name === 'CHARSET')?.value.replaceAll('"', '');
  return decodeText(/^"?QUOTED-PRINTABLE"?$/i.test(encoding) ? decodeQuotedPrintable(value) : value, charset ?? assumed);
}

/** How a value is brought into the form that ical.js reads. */
export interface NormalForm {
  /** Character set of lines that declare none. Default UTF-8. */
  readonly assumed?: string | undefined;
  /** Commas are content and no separators: vCard 2.1 has no lists. */
  readonly plainCommas?: boolean;
  /** Escaped semicolons are written plainly: where a value has no parts, vCard 3.0 escapes them and ical.js would keep the escape. */
  readonly plainSemicolons?: boolean;
}

/** The line as vCard 3.0 and iCalendar write it: bare parameters named, transfer encoding and character set undone. */
export function normalLine(parts: LineParts, { assumed, plainCommas = false, plainSemicolons = false }: NormalForm): string {
  const text = valueText(parts, assumed);
  const value = text.replaceAll(/\\[^]|,/g, (found) => {
    if (plainCommas && found.endsWith(',')) return String.raw`\,`;
    return plainSemicolons && found.endsWith(';') ? ';' : found;
  });
  const parameters = parts.parameters.flatMap(({ name, value: parameter }) => {
    if (name === 'ENCODING' || name === 'CHARSET' || (name === null && BARE_ENCODINGS.test(parameter))) return [];
    return [`;${name ?? 'TYPE'}=${parameter}`];
  });
  return `${parts.group === null ? '' : `${parts.group}.`}${parts.name}${parameters.join('')}:${value}`;
}
