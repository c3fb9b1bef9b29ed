import { z } from 'zod';
import { readText } from '../files/text-file.ts';
import type { Environment } from './set-variables.ts';

/** Names of the settings of a group that are secret: each may come from the file that NAME_FILE names. */
export function secretSettings(schema: z.ZodObject): readonly string[] {
  return Object.entries(schema.shape)
    .filter(([, setting]) => isSecret(setting as z.ZodType))
    .map(([name]) => name);
}

/** What is optional in one group is described in another: `optional()` hides the description, and does not take it away. */
function isSecret(setting: z.ZodType): boolean {
  if (z.globalRegistry.get(setting)?.['secret'] === true) return true;
  return setting instanceof z.ZodOptional && isSecret(setting.unwrap() as z.ZodType);
}

/**
 * Secrets that files hold, as container engines mount them (Docker's `/run/secrets`): an environment can be read by whoever
 * inspects the container. White space around the value is cut. Faults name variables, never what a file holds.
 */
export function readSecretFiles(
  schema: z.ZodObject,
  environment: Environment,
): { readonly values: Record<string, string>; readonly faults: readonly string[] } {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of secretSettings(schema)) {
    const variable = `${name}_FILE`;
    const path = environment[variable] ?? '';
    if (path === '') continue;
    if ((environment[name] ?? '') !== '') faults.push(`${variable}: ${name} is set as well; set one of the two`);
    const { text, fault } = readText(path);
    if (fault === undefined) values[name] = text.trim();
    else faults.push(`${variable}: ${path} ${fault}`);
  }
  return { values, faults };
}
