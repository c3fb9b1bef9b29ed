import { readdirSync } from 'node:fs';
import { z } from 'zod';

/** A group of settings that some process reads, by where it is declared. */
export interface SettingGroup {
  readonly name: string;
  readonly schema: z.ZodObject;
}

const FOLDER = new URL('../../configuration/settings/', import.meta.url);

/** Every group of settings that configuration/settings declares, those of the two sides apart. */
export async function settingGroups(): Promise<readonly SettingGroup[]> {
  const groups: SettingGroup[] = [];
  for (const file of readdirSync(FOLDER)) {
    const exported = (await import(new URL(file, FOLDER).href)) as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(exported)) {
      if (value instanceof z.ZodObject) groups.push({ name, schema: value });
      else if (typeof value === 'object' && value !== null)
        for (const [side, each] of Object.entries(value)) if (each instanceof z.ZodObject) groups.push({ name: `${name}.${side}`, schema: each });
    }
  }
  return groups;
}
