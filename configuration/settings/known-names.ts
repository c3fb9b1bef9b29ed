import type { z } from 'zod';
import { secretSettings } from '../secret-files.ts';
import { type Environment, setVariables } from '../set-variables.ts';
import { cloudPageSettingsSchema, cloudUserSettingsSchema, producerSettingsSchema } from './cloud.ts';
import { cliSettingsSchema, doctorSettings, keysSettings, provisionStoreSettings, usersSettingsSchema } from './command-line.ts';
import { provisionSettingsSchema } from './containers.ts';
import { crmAppSettingsSchema, crmWorkerSettingsSchema } from './crm.ts';
import { stackSettingsSchema } from './stack.ts';

const GROUPS: readonly z.ZodObject[] = [
  crmWorkerSettingsSchema,
  crmAppSettingsSchema,
  producerSettingsSchema,
  cloudPageSettingsSchema,
  cloudUserSettingsSchema,
  cliSettingsSchema,
  usersSettingsSchema,
  stackSettingsSchema,
  provisionSettingsSchema,
  ...[keysSettings, doctorSettings, provisionStoreSettings].flatMap((sides): readonly z.ZodObject[] => Object.values(sides)),
];

const NAMES: ReadonlySet<string> = new Set([
  'TIDEGATE_HOME',
  ...GROUPS.flatMap((group) => [...Object.keys(group.shape), ...secretSettings(group).map((name) => `${name}_FILE`)]),
]);

/** Variables that are named as settings are and that nothing reads: most are misspelt, and what they should say is not heard. */
export function unknownSettings(environment: Environment): readonly string[] {
  return Object.keys(setVariables(environment)).filter((name) => name.startsWith('TIDEGATE_') && !NAMES.has(name));
}
