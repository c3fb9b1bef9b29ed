import { choosePort, isPortTaken } from '../../embedded/ports.ts';
import { TidegateError } from '../../exchange/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The port that a variable names; undefined where it is not set. Throws `configuration-invalid` where it is none. */
export function portIn(environment: Environment, name: string): number | undefined {
  const text = environment[name]?.trim() ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new TidegateError('configuration-invalid', `${name} is a port from 0 to 65535.`, { setting: name });
  return Number(text);
}

/** The port that was asked for by a variable (`port-busy` if it is taken), else the usual one, else any that is free. */
export async function preferredPort(environment: Environment, name: string, usual: number): Promise<number> {
  const wanted = portIn(environment, name);
  if (wanted !== undefined) return choosePort(wanted);
  return (await isPortTaken(usual)) ? choosePort() : usual;
}
