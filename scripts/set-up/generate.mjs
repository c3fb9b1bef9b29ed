import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readStamp, writeStamp } from './stamp.mjs';
import { run } from './step.mjs';

/** Generates the typed client of every schema in `prisma/`, into `prisma/generated/<name>`, where the schema has changed. */
export async function generateClients(root, node) {
  const folder = join(root, 'prisma');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'schema.prisma'))) : [];
  await Promise.all(names.map((name) => generate(root, node, name)));
}

async function generate(root, node, name) {
  const schema = join('prisma', name, 'schema.prisma');
  const digest = digestOf(root, [schema, 'node_modules/prisma/package.json']);
  const step = `prisma-${name}`;
  if (readStamp(root, step) === digest && existsSync(join(root, 'prisma', 'generated', name))) return;
  await run(node, [join('node_modules', 'prisma', 'build', 'index.js'), 'generate', '--schema', schema], {
    cwd: root,
    // Prisma would download an engine that generating does not use, unless it is told of a program that exists.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: node, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  });
  writeStamp(root, step, digest);
}
