import { TidegateError } from '../../exchange/errors.ts';
import { PROTOCOL_VERSION, versionPrefix } from '../../exchange/protocol.ts';

/** The version that a path names, to the letter. */
const versionOf = (path: string): string | undefined => /^\/v(\d{1,6})\//.exec(path)?.[1];

/** A path that no endpoint has. */
const NOWHERE = '/';

/**
 * Where a request is routed: a version that is taken goes to the endpoints of this code, whose messages the versions share;
 * every other goes nowhere (rule 20).
 */
export function routeOf(path: string, accepted: readonly number[]): string {
  const version = versionOf(path);
  if (version === undefined) return path;
  if (!accepted.some((one) => String(one) === version)) return NOWHERE;
  return `${versionPrefix(PROTOCOL_VERSION)}${path.slice(versionPrefix(Number(version)).length)}`;
}

/** What is said of a path that is nowhere: perhaps it is of a version that is not taken. */
export function unknownPath(path: string, accepted: readonly number[]): TidegateError {
  const version = versionOf(path);
  if (version === undefined || accepted.some((one) => String(one) === version)) return new TidegateError('path-unknown');
  const names = accepted.map(String);
  return new TidegateError('protocol-version', `You speak version ${Number(version)}; this producer takes ${names.join(', ')}.`, {
    yours: Number(version),
    accepted: names,
  });
}
