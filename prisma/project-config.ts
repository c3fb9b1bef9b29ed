import { defineConfig, type PrismaConfig } from 'prisma/config';

/**
 * Configuration of one Prisma project for Prisma's own command line, e.g.
 * `DATABASE_URL=... npx prisma migrate status --config prisma/control/prisma.config.ts`.
 * `schema` becomes the connection's first schema, where Prisma keeps `_prisma_migrations`: each project of a database has
 * its own. Tidegate itself does not read this (adaptor/data/migration does the same without Prisma's engine).
 */
export function projectConfig(schema: string): PrismaConfig {
  const address = process.env['DATABASE_URL'];
  const project = { schema: 'schema.prisma', migrations: { path: 'migrations' } };
  if (address === undefined) return defineConfig(project);
  const url = new URL(address);
  url.searchParams.set('schema', schema);
  return defineConfig({ ...project, datasource: { url: url.href } });
}
