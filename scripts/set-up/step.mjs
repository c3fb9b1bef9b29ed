import { spawn } from 'node:child_process';

/** A fault that the user can mend; its message says how. */
export class SetUpError extends Error {}

/** Tells of a step that takes seconds. Standard output belongs to what is started after the set-up. */
export function announce(text) {
  process.stderr.write(`Set-up: ${text}\n`);
}

/** Runs a program quietly; its output is shown only if it fails. */
export async function run(command, args, { cwd, env = {} }) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = Buffer.concat(output).toString().trim();
  if (code !== 0) throw new SetUpError(`${command} ${args.join(' ')} failed (${code}).\n${text}`);
  return text;
}
