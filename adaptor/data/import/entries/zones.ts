import type { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import type { ZoneResolver } from './moments.ts';
import { readProperties } from './properties.ts';
import { type Entry, readEntries } from './read-entries.ts';
import { zoneByName } from './zone-names.ts';
import { fixedZoneByRules, zoneByRules } from './zone-rules.ts';

/** The time zones of a file: their definitions, and what each TZID stands for. */
export interface Zones {
  readonly resolve: ZoneResolver;
  /** As `resolve`; where only a definition tells the zone and no zone has its rules, one of the offset that holds then. */
  readonly resolveOnce: ZoneResolver;
  /** The text of the definition (VTIMEZONE) of a TZID that is no name by itself, so that it can be written again. */
  definition(tzid: string): string | undefined;
}

const MAX_ZONES = 1000;

/** Reads the definitions of a whole file first, because they may stand behind the entries that need them. */
async function definitions(chunks: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, Entry>> {
  const found = new Map<string, Entry>();
  for await (const entry of readEntries(chunks)) {
    if (entry.component.name !== 'VTIMEZONE' || entry.fault !== null || found.size >= MAX_ZONES) continue;
    try {
      const tzid = readProperties(entry.component, ['TZID'], { format: 'icalendar' }).first('TZID')?.text.trim();
      if (tzid !== undefined && !found.has(tzid)) found.set(tzid, entry);
    } catch {
      // A definition without a readable name defines nothing; entries that need it are refused one by one.
    }
  }
  return found;
}

/**
 * Prepares the resolution of a file's zones. A TZID is taken first for what `named` (from the operator) says, then for its
 * name, then for what its VTIMEZONE says of itself (X-LIC-LOCATION), then for the IANA zone with the same rules. What is left
 * throws `time-zone-unknown`: a wall time whose zone is not known is not floating.
 */
export async function zonesOf(chunks: AsyncIterable<Uint8Array>, named: ReadonlyMap<string, string>): Promise<Zones> {
  const defined = await definitions(chunks);
  const known = new Map<string, string | undefined>();
  const byDefinition = (tzid: string, near: Temporal.PlainDateTime): string | undefined => {
    const component = defined.get(tzid)?.component;
    if (component === undefined) return undefined;
    const location = readProperties(component, ['X-LIC-LOCATION'], { format: 'icalendar' }).first('X-LIC-LOCATION')?.text;
    return (location === undefined ? undefined : zoneByName(location)) ?? zoneByRules(component, near);
  };
  const find: (...parameters: Parameters<ZoneResolver>) => string | undefined = (tzid, near) => {
    const byName = named.get(tzid) ?? zoneByName(tzid);
    if (byName !== undefined) return byName;
    const cached = `${near.year} ${tzid}`;
    if (!known.has(cached)) known.set(cached, byDefinition(tzid.trim(), near));
    return known.get(cached);
  };
  const needed = (zone: string | undefined): string => {
    if (zone === undefined) throw new TidegateError('time-zone-unknown');
    return zone;
  };
  return {
    resolve: (tzid, near) => needed(find(tzid, near)),
    resolveOnce: (tzid, near) => {
      const component = defined.get(tzid.trim())?.component;
      return needed(find(tzid, near) ?? (component === undefined ? undefined : fixedZoneByRules(component, near)));
    },
    definition: (tzid) => {
      const raw = zoneByName(tzid) === tzid ? undefined : defined.get(tzid.trim())?.raw;
      return raw?.toString('utf8');
    },
  };
}
