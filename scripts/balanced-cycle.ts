/** Reads the JSON line of `npm start -- --once --json` from standard input; fails unless the books balanced and both stores agree. */
import { text } from 'node:stream/consumers';

interface Outcome {
  readonly balanced?: boolean;
  readonly converged?: boolean;
  readonly collections?: Readonly<Record<string, { readonly forward?: Books; readonly reverse?: Books }>>;
}

interface Books {
  readonly offered?: number;
}

const outcome = JSON.parse(await text(process.stdin)) as Outcome;
const collections = Object.entries(outcome.collections ?? {});
const faults: string[] = [];
if (outcome.balanced !== true) faults.push('the books do not balance');
if (outcome.converged !== true) faults.push('the stores do not agree');
if (collections.length === 0) faults.push('no collection was synchronised');
for (const direction of ['forward', 'reverse'] as const) {
  const moved = collections.some(([, books]) => (books[direction]?.offered ?? 0) > 0);
  if (!moved) faults.push(`nothing was offered ${direction}`);
}
if (faults.length > 0) {
  console.error(`The cycle failed: ${faults.join('; ')}.`);
  process.exitCode = 1;
}
