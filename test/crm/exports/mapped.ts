import { zonesOf } from '../../../adaptor/data/import/entries/zones.ts';
import type { MappedRecord, Mapping } from '../../../crm/exports/mapped-record.ts';
import { component, entriesOf, inChunks } from '../../adaptor/data/import/entries/entries-of.ts';

/** Maps the first entry of a file. */
export async function mapFile(mapping: Mapping, file: string | Uint8Array, charset?: string): Promise<MappedRecord> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const entry = (await entriesOf(bytes)).find(({ component: { name } }) => name !== 'VTIMEZONE');
  if (entry === undefined) throw new Error('no entry');
  return mapping(entry, { zones: await zonesOf(inChunks(bytes), new Map()), charset });
}

/** Maps content lines of one component. */
export const mapLines = async (mapping: Mapping, name: string, ...lines: string[]): Promise<MappedRecord> => mapFile(mapping, component(name, ...lines));
