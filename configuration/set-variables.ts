/** Variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of an environment that are really set. An empty one counts as not set: compose files and unit files leave
 * `NAME=` behind where nothing was given, and as a number it would read 0.
 */
export function setVariables(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== ''));
}
