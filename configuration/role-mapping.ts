import { TidegateError } from '../exchange/errors.ts';

/**
 * Reads `value=role, value=role`: which role belongs to which value of an identity provider's claim; the first that fits
 * counts, and `*` fits everybody. Throws `configuration-invalid` for a role that is none of `roles`.
 */
export function parseRoleMapping<R extends string>(text: string, roles: readonly R[]): readonly (readonly [value: string, role: R])[] {
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.lastIndexOf('=');
      const [value, role] = [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()];
      const known = roles.find((candidate) => candidate === role);
      if (value === '' || known === undefined)
        throw new TidegateError('configuration-invalid', `"${pair}" is not VALUE=ROLE with one of ${roles.join(', ')}.`, { roles });
      return [value, known] as const;
    });
}
