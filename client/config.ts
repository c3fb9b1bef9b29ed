/*
 * `tidegate/config`: what a configuration file imports. Apart from the client, because every process and command reads
 * the file, and it should load nothing but itself.
 */

export { appointments, contacts, tasks } from '../configuration/built-in.ts';
export { type CloudConfig, type CloudConfigInput, defineCloudConfig } from '../configuration/cloud-config.ts';
export type { CollectionConfigInput } from '../configuration/collection-config.ts';
export { type Config, type ConfigInput, type LinkConfig, defineConfig } from '../configuration/config.ts';
