import { choosePort, isPortTaken } from '../../embedded/ports.ts';

/** The port that was asked for (`port-busy` if it is taken), else the usual one, else any that is free. */
export async function preferredPort(wanted: string | undefined, usual: number): Promise<number> {
  if (wanted !== undefined && wanted !== '') return choosePort(Number(wanted));
  return (await isPortTaken(usual)) ? choosePort() : usual;
}
