import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { type Config, configSchema } from './config.ts';

/** Faults of a configuration, one a line: `path: what is wrong`. */
export function describeFaults(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`);
}

/** Checks a configuration. Throws `configuration-invalid` with every fault by its path in `facts.faults`. */
export function checkConfig(input: unknown, name = 'tidegate.config.ts'): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  const faults = describeFaults(result.error);
  throw new TidegateError('configuration-invalid', `${name}:\n${faults.map((f) => `  ${f}`).join('\n')}`, { faults });
}

/** Reads and checks a configuration file (an ES module with a default export). Throws `configuration-invalid`. */
export async function loadConfig(file: string): Promise<Config> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (cause) {
    throw new TidegateError('configuration-invalid', `${file} cannot be read as a module.`, {}, { cause });
  }
  return checkConfig(module.default, file);
}
