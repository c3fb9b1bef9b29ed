import type { Property } from './properties.ts';

/** A parameter's only value, as it is. */
export function parameterOf(property: Property, name: string): string | undefined {
  const value = property.parameters[name];
  return typeof value === 'string' ? value : value?.[0];
}
