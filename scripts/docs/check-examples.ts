import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadConfig } from '../../configuration/load-config.ts';
import type { MarkdownDocument } from './markdown.ts';

const CONFIG_MODULE = pathToFileURL(fileURLToPath(new URL('../../configuration/config.ts', import.meta.url))).href;

/** Configurations that do not load: the repository's own, those of examples/, and those shown whole in documents. */
export async function unloadableExamples(root: string, documents: readonly MarkdownDocument[]): Promise<readonly string[]> {
  const examples = join(root, 'examples');
  const folders = existsSync(examples) ? readdirSync(examples).map((name) => `examples/${name}/tidegate.config.ts`) : [];
  const files = ['tidegate.config.ts', ...folders].filter((file) => existsSync(join(root, file)));
  const faults = await Promise.all(files.map(async (file) => faultOf(file, join(root, file))));
  const shown = await Promise.all(documents.flatMap((document) => shownConfigurations(document).map((text) => faultOfText(document.path, text))));
  return [...faults, ...shown].filter((fault) => fault !== undefined);
}

/** Whole configurations; pieces, which begin within one, are left alone. */
function shownConfigurations({ code }: MarkdownDocument): readonly string[] {
  return code.filter(({ language, text }) => language === 'ts' && text.includes('export default defineConfig(')).map(({ text }) => text);
}

async function faultOfText(path: string, text: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-example-'));
  try {
    const file = join(folder, 'tidegate.config.ts');
    const rest = text.replace(/^import \{ defineConfig \}.*$/m, '');
    writeFileSync(file, `import { defineConfig } from '${CONFIG_MODULE}';\n${rest}`);
    return await faultOf(path, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function faultOf(name: string, file: string): Promise<string | undefined> {
  try {
    await loadConfig(file);
    return undefined;
  } catch (error) {
    return `${name}: the configuration does not load: ${(error as Error).message}`;
  }
}
