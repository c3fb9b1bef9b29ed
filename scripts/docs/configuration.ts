import { z } from 'zod';
import { cloudConfigSchema } from '../../configuration/cloud-config.ts';
import { configSchema } from '../../configuration/config.ts';
import { provisionSettingsSchema } from '../../configuration/settings/containers.ts';
import { cloudPageSettingsSchema, cloudUserSettingsSchema, producerSettingsSchema } from '../../configuration/settings/cloud.ts';
import { cliSettingsSchema, initSettingsSchema, keysSettings, provisionStoreSettings, usersSettingsSchema } from '../../configuration/settings/command-line.ts';
import { crmAppSettingsSchema, crmWorkerSettingsSchema } from '../../configuration/settings/crm.ts';
import { stackSettingsSchema } from '../../configuration/settings/stack.ts';
import { type DescribedSchema, defaultOf, valuesOf } from './described-setting.ts';
import { generatedNote } from './generated-note.ts';

type Rows = readonly (readonly string[])[];

/** Groups of settings, by the process that reads them. */
const PROCESSES: Readonly<Record<string, z.ZodObject>> = {
  'The CRM worker': crmWorkerSettingsSchema,
  'The CRM application': crmAppSettingsSchema,
  'The command line': cliSettingsSchema,
  '`tidegate init`': initSettingsSchema,
  '`tidegate users`': usersSettingsSchema,
  'The producer': producerSettingsSchema,
  "The third party's page": cloudPageSettingsSchema,
  '`tidegate keys`': keysSettings.crm,
  "`tidegate keys`, for the producer's operator": keysSettings.cloud,
  '`tidegate provision crm`': provisionStoreSettings.crm,
  '`tidegate provision cloud`': provisionStoreSettings.cloud,
  "The third party's users, in trials": cloudUserSettingsSchema,
  '`npm start`, with real parts': stackSettingsSchema,
  'Provisioning for containers': provisionSettingsSchema,
};

/** docs/configuration.md. Throws where a setting has no description. */
export function configurationDocument(): string {
  const config = z.toJSONSchema(configSchema, { io: 'input' }) as DescribedSchema;
  const link = itemsOf(propertyOf(config, 'links'));
  const collection = itemsOf(propertyOf(link, 'collections'));
  const field = (propertyOf(collection, 'fields').additionalProperties as DescribedSchema).anyOf?.at(-1) as DescribedSchema;
  return [
    '# Configuration',
    '',
    generatedNote('configuration/config.ts, collection-config.ts, cloud-config.ts and settings/'),
    '',
    'What is kept in step stands in `tidegate.config.ts`; where the parts of a process are, and its secrets, in its environment. A fault in either stops the process with `configuration-invalid` and every fault by name. Times are in milliseconds (`Ms`).',
    '',
    '## A link',
    '',
    '`links` is a list, at least one.',
    '',
    configTable('a link', rowsOf(link)),
    '',
    '## A collection',
    '',
    configTable('a collection', rowsOf(collection)),
    '',
    '## A field',
    '',
    "The column's name alone, or:",
    '',
    configTable('a field', rowsOf(field)),
    '',
    '## What is kept',
    '',
    '`retention` beside `links`: how long what is done with stays in the CRM ([retention](retention.md)). The producer has the same for the cloud in its [environment](#the-producer).',
    '',
    configTable('what is kept', rowsOf(propertyOf(config, 'retention'))),
    '',
    '## The third party',
    '',
    'What the third party decides for itself stands in `tidegate.cloud.config.ts` (`TIDEGATE_CLOUD_CONFIG`), an ES module like `tidegate.config.ts`. Provisioning writes it into the store of the cloud, and the producer into what is registered later; both have to be told of the same file.',
    '',
    configTable('the third party', rowsOf(z.toJSONSchema(cloudConfigSchema, { io: 'input' }) as DescribedSchema)),
    '',
    '## Environment',
    '',
    'Each process reads only its own group. An empty variable is as one that is not set. A variable marked *secret* may be left out and NAME`_FILE` set instead: the path of a file that holds the value, as container engines mount secrets.',
    '',
    'What finds the parts of a running `npm start` by itself looks into `TIDEGATE_HOME` (default `.tidegate`); a variable that is set stands above what is found there. `npm start` uses real parts in place of embedded ones where `TIDEGATE_CRM_ADMIN_URL`, `TIDEGATE_CLOUD_ADMIN_URL` or `TIDEGATE_TEMPORAL_ADDRESS` is set.',
    '',
    ...Object.entries(PROCESSES).flatMap(([title, schema]) => [`### ${title}`, '', environmentTable(title, schema), '']),
  ].join('\n');
}

/** Settings of a schema, groups taken apart: `load.streams`. Lists of objects show their members as `references[].fields`. */
function rowsOf(schema: DescribedSchema, prefix = ''): Rows {
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const setting = each as DescribedSchema;
    const path = `${prefix}${name}`;
    const required = schema.required?.includes(name) === true;
    const row = [
      `\`${path}\``,
      described(path, setting),
      valuesOf(setting),
      setting.unit ?? '',
      isGroup(setting) ? '' : defaultOf(setting, required),
      setting.cost ?? '',
    ];
    if (isGroup(setting)) return [row, ...rowsOf(setting, `${path}.`)];
    const item = setting.items as DescribedSchema | undefined;
    // A collection has a section of its own.
    return item?.type === 'object' && name !== 'collections' ? [row, ...rowsOf(item, `${path}[].`)] : [row];
  });
}

function isGroup(schema: DescribedSchema): boolean {
  return schema.type === 'object' && schema.properties !== undefined;
}

function configTable(place: string, rows: Rows): string {
  if (rows.length === 0) throw new Error(`No settings of ${place}.`);
  return table(['Setting', 'What it says', 'Values', 'Unit', 'Default', 'Cost of a change'], rows);
}

/** A group of settings as a table. Throws where one has no description. */
export function environmentTable(place: string, schema: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'output' }) as DescribedSchema;
  const rows = Object.entries(properties).map(([name, each]) => {
    const setting = each as DescribedSchema;
    const text = `${described(`${place}: ${name}`, setting)}${setting.secret === true ? ' *Secret.*' : ''}`;
    const values = `${valuesOf(setting)}${setting.unit === undefined ? '' : ` (${setting.unit})`}`;
    return [`\`${name}\``, text, values, defaultOf(setting, required.includes(name)), setting.cost ?? ''];
  });
  return table(['Variable', 'What it says', 'Values', 'Default', 'Cost'], rows);
}

function described(name: string, { description }: DescribedSchema): string {
  if (description === undefined) throw new Error(`${name} has no description: add .meta({ description, unit, cost }) to its schema.`);
  return description;
}

function itemsOf(schema: DescribedSchema): DescribedSchema {
  return schema.items as DescribedSchema;
}

function propertyOf(schema: DescribedSchema, name: string): DescribedSchema {
  return schema.properties?.[name] as DescribedSchema;
}

function table(headers: readonly string[], rows: Rows): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headers), `|${'---|'.repeat(headers.length)}`, ...rows.map(line)].join('\n');
}
