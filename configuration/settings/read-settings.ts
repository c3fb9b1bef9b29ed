import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { readSecretFiles, secretSettings } from '../secret-files.ts';
import { type Environment, setVariables } from '../set-variables.ts';

/*
 * Settings of each process are read from the environment here and nowhere else. A process reads only the group it needs, so
 * that no side ever holds the other's secrets. An empty variable is as one that is not set. A setting with `secret: true` may come from a file: NAME_FILE holds its path.
 * Descriptions become docs/configuration.md.
 */

/** Reads a group of settings from an environment. Throws `configuration-invalid` that lists every fault by name, without values. */
export function readSettings<S extends z.ZodObject>(schema: S, environment: Environment): z.infer<S> {
  const set = setVariables(environment);
  const secrets = readSecretFiles(schema, set);
  const given = { ...set, ...secrets.values };
  const result = schema.safeParse(given);
  if (result.success && secrets.faults.length === 0) return result.data;
  const faults = [...secrets.faults, ...faultsOf(result.error, given, schema)];
  throw new TidegateError('configuration-invalid', `Environment:\n${faults.map((f) => `  ${f}`).join('\n')}`, { faults });
}

/** Reads every setting of a group by itself: the values that are right, and the faults of the others, by name and without values. */
export function readEachSetting(
  schema: z.ZodObject,
  environment: Environment,
): { readonly values: Readonly<Record<string, unknown>>; readonly faults: readonly string[] } {
  const set = setVariables(environment);
  const secrets = readSecretFiles(schema, set);
  const given = { ...set, ...secrets.values };
  const results = Object.entries(schema.shape).map(([name, each]) => z.object({ [name]: each as z.ZodType }).safeParse(given));
  return {
    values: Object.assign({}, ...results.map((result) => result.data ?? {})) as Record<string, unknown>,
    faults: [...secrets.faults, ...results.flatMap(({ error }) => faultsOf(error, given, schema))],
  };
}

/** What is wrong, by name and without values. A secret whose file is at fault is told of by that alone. */
function faultsOf(error: z.ZodError | undefined, given: Environment, schema: z.ZodObject): readonly string[] {
  const secrets = secretSettings(schema);
  return (error?.issues ?? []).flatMap((issue) => {
    const name = String(issue.path[0]);
    const file = secrets.includes(name) ? given[`${name}_FILE`] : undefined;
    if (given[name] !== undefined) return [`${name}: ${wordsOf(issue)}${file === undefined ? '' : ` (in ${file})`}`];
    if (!secrets.includes(name)) return [`${name}: it is not set`];
    return file === undefined ? [`${name}: it is not set, nor is ${name}_FILE`] : [];
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.expected === 'int' ? 'a whole number is expected' : `a ${issue.expected} is expected`;
}
