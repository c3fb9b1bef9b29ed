import { findIana } from 'windows-iana';

const IANA_NAMES = new Map(Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]));

/** Whether a text is a zone that this runtime knows. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The IANA name of a zone that this runtime knows, in its proper case; links such as `US/Eastern` stay what they are. */
function ianaName(name: string): string | undefined {
  // Offsets pass as zones in Intl but are no names that other systems know.
  return IANA_NAMES.get(name.toLowerCase()) ?? (/^[A-Za-z]/.test(name) && isZone(name) ? name : undefined);
}

/** `UTC+11`, `GMT-3`: whole hours have a name of their own, whose sign is turned round (tz database, etcetera). */
function offsetName(name: string): string | undefined {
  const match = /^(?:UTC|GMT)([+-])0?(\d{1,2})(?::?00)?$/i.exec(name);
  if (match === null) return undefined;
  const hours = Number(match[2]);
  return hours === 0 ? 'Etc/UTC' : ianaName(`Etc/GMT${match[1] === '+' ? '-' : '+'}${hours}`);
}

/**
 * The IANA zone that a TZID names: an IANA name; a Windows name (CLDR, windowsZones); a path that ends with an IANA name, as
 * Mozilla, libical and others write them; or a whole-hour offset. Undefined where the name says nothing.
 */
export function zoneByName(tzid: string): string | undefined {
  const name = tzid.trim();
  const known = ianaName(name) ?? findIana(name)[0];
  if (known !== undefined) return known;
  const parts = name.split('/');
  for (let from = 1; from < parts.length; from += 1) {
    const rest = parts.slice(from).join('/');
    const found = rest.includes('/') ? ianaName(rest) : undefined;
    if (found !== undefined) return found;
  }
  return offsetName(name);
}
