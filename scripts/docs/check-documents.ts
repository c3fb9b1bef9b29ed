import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESS_HELP, createProgram } from '../../cli/main.ts';
import { STACK_HELP } from '../../workers/stack/options.ts';
import { alertFaults } from './check-alerts.ts';
import { cliTableFaults } from './check-cli-table.ts';
import { unknownCommands } from './check-commands.ts';
import { dependencyFaults } from './check-dependencies.ts';
import { unloadableExamples } from './check-examples.ts';
import { staleDocuments } from './check-generated.ts';
import { brokenLinks } from './check-links.ts';
import { readMarkdown } from './markdown.ts';

/** Everything in the documents that is not true of the repository at `root`, one sentence each. */
export async function documentFaults(root: string): Promise<readonly string[]> {
  const documents = documentsOf(root).map((path) => readMarkdown(root, path));
  const program = createProgram({}, () => {});
  return [
    ...staleDocuments(root),
    ...brokenLinks(root, documents),
    ...unknownCommands({ root, program, startHelp: STACK_HELP, processHelp: PROCESS_HELP }, documents),
    ...cliTableFaults(root, program),
    ...dependencyFaults(root),
    ...alertFaults(root),
    ...(await unloadableExamples(root, documents)),
  ];
}

/** Documents of the repository: those at the top, below docs/ and beside the examples. */
function documentsOf(root: string): readonly string[] {
  const below = (folder: string): readonly string[] =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`) : [];
  return [...readdirSync(root), ...below('docs'), ...below('examples')].filter((path) => path.endsWith('.md')).sort();
}
