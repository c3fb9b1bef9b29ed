import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { readTextFile } from '../files/text-file.ts';
import { type CloudConfig, cloudConfigSchema } from './cloud-config.ts';
import { type Config, configSchema } from './config.ts';

/** Faults of a configuration, one a line: `path: what is wrong`. */
export function describeFaults(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`);
}

/** Checks a configuration. Throws `configuration-invalid` with every fault by its path in `facts.faults`. */
export function checkConfig(input: unknown, name = 'tidegate.config.ts'): Config {
  return check(configSchema, input, name);
}

/** Checks the third party's configuration. Throws like `checkConfig`. */
export function checkCloudConfig(input: unknown, name = 'tidegate.cloud.config.ts'): CloudConfig {
  return check(cloudConfigSchema, input, name);
}

/** Reads and checks a configuration file (an ES module with a default export). Throws `configuration-invalid`. */
export async function loadConfig(file: string): Promise<Config> {
  return checkConfig(await defaultExport(file), file);
}

/** Reads and checks the third party's configuration file; without one, there are no rules. Throws `configuration-invalid`. */
export async function loadCloudConfig(file: string | undefined): Promise<CloudConfig> {
  return file === undefined ? checkCloudConfig({}) : checkCloudConfig(await defaultExport(file), file);
}

function check<Schema extends z.ZodType>(schema: Schema, input: unknown, name: string): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = describeFaults(result.error);
  throw new TidegateError('configuration-invalid', `${name}:\n${faults.map((f) => `  ${f}`).join('\n')}`, { faults });
}

async function defaultExport(file: string): Promise<unknown> {
  const path = resolve(file);
  readTextFile(path);
  const read = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'it throws what is no error';
    throw new TidegateError('configuration-invalid', `${file} cannot be read as a module: ${why}`, {}, { cause });
  });
  const { default: exported } = read as { default?: unknown };
  if (exported === undefined) throw new TidegateError('configuration-invalid', `${file} has no default export.`);
  return exported;
}
