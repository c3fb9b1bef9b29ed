import { fileURLToPath } from 'node:url';

/**
 * Path of a program of our own, named from the module that asks (`import.meta.url`) and without extension: in a checkout
 * it is TypeScript, in the package built JavaScript, as the module that asks is itself.
 */
export function ownProgram(from: string, name: string): string {
  return fileURLToPath(new URL(name + /\.[a-z]+$/.exec(new URL(from).pathname)?.[0], from));
}
