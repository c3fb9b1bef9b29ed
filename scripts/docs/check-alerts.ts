import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

/** Alerts that docs/operations.md does not say what to do for, and such that are no alerts. */
export function alertFaults(root: string): readonly string[] {
  const file = join(root, 'docs', 'observability', 'alerts.yml');
  if (!existsSync(file)) return [];
  const { groups } = parse(readFileSync(file, 'utf8')) as Rules;
  const alerts = groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
  const told = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
    .split('\n')
    .flatMap((line) => /^\| (Tidegate\w+(?:, Tidegate\w+)*) \|/.exec(line)?.[1]?.split(', ') ?? []);
  return [
    ...alerts.filter((alert) => !told.includes(alert)).map((alert) => `docs/operations.md: does not say what to do for ${alert}`),
    ...told.filter((alert) => !alerts.includes(alert)).map((alert) => `docs/operations.md: there is no alert ${alert}`),
  ];
}
