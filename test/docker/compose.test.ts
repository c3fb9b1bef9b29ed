import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { composeFaults } from './compose-faults.ts';
import { readCompose } from './compose-file.ts';

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

describe('docker-compose.yml', () => {
  it('agrees with the repository', () => {
    expect(composeFaults(readCompose())).toEqual([]);
  });

  it.each([
    [`command: [node, workers/producer.ts]`, `command: [node, workers/gone.ts]`, 'producer: workers/gone.ts does not exist'],
    [`[sh, /tidegate/schema.sh]`, `[sh, /tidegate/gone.sh]`, 'temporal-schema: docker/temporal/gone.sh does not exist'],
    [`node, docker/worker-health.ts]`, `node, docker/gone.ts]`, 'crm-worker: docker/gone.ts does not exist'],
    [`TIDEGATE_PRODUCER_PLAIN_PORT:`, `TIDEGATE_PRODUCER_PLAIN:`, 'producer: TIDEGATE_PRODUCER_PLAIN is no setting of it'],
    [`TIDEGATE_PRODUCER_PORT: '4701'`, `TIDEGATE_PRODUCER_PORT: '470100'`, 'producer: TIDEGATE_PRODUCER_PORT'],
    [`      TIDEGATE_TLS_CA: /var/lib/tidegate/crm/ca.pem\n`, ``, 'crm-worker: TIDEGATE_TLS_CA'],
    [`SQL_USER: postgres`, `SQL_USER: postgres\n      SQL_USR: x`, 'temporal-schema: SQL_USR is read by nobody'],
    [`POSTGRES_DB: tidegate_crm,`, `POSTGRES_DB: tidegate_crm, POSTGRES_PASSWORD: postgres,`, 'crm-postgres: POSTGRES_PASSWORD stands in the open'],
    [`postgresql://postgres@crm-postgres/`, `postgresql://postgres:postgres@crm-postgres/`, 'provision: TIDEGATE_CRM_ADMIN_URL holds a password'],
    [
      `TIDEGATE_CRM_PAGE_URL_FILE: /var/lib/tidegate/crm/secrets/TIDEGATE_CRM_PAGE_URL`,
      `TIDEGATE_CRM_PAGE_URL: postgresql://crm_page@crm-postgres/x`,
      'crm-app: TIDEGATE_CRM_PAGE_URL stands in the open',
    ],
    [
      `POSTGRES_PASSWORD_FILE: /run/secrets/cloud-postgres-password`,
      `SQL_HOST: x`,
      'cloud-postgres: secret cloud-postgres-password is read by no _FILE setting',
    ],
    [
      `    secrets: [crm-postgres-password, cloud-postgres-password]`,
      `    secrets: [crm-postgres-password]`,
      'provision: TIDEGATE_CLOUD_ADMIN_PASSWORD_FILE: /run/secrets/cloud-postgres-password is not given to it',
    ],
    [`  temporal-postgres-password: { file: docker/secrets/temporal-postgres-password }\n`, ``, 'temporal: secret temporal-postgres-password is not declared'],
    [`    healthcheck: { test: [CMD, nc, -z, 127.0.0.1, '7233'], interval: 5s, retries: 30, start_period: 20s }\n`, ``, 'temporal: it has no health check'],
    [`      <<: *observed\n`, ``, 'producer: it tells no metrics'],
    [`TIDEGATE_METRICS_HOST: 0.0.0.0`, `TIDEGATE_METRICS_HOST: 127.0.0.1`, 'crm-app: its metrics cannot be reached'],
    [`TIDEGATE_METRICS_PORT: '9464'`, `TIDEGATE_METRICS_PORT: '9466'`, 'crm-prometheus: crm-app:9464 tells no metrics'],
    [`    expose: ['9464', '9465']\n`, ``, 'crm-worker: port 9465 is not exposed'],
    [`['127.0.0.1:4700:4700']`, `['127.0.0.1:4700:4700', '127.0.0.1:9464:9464']`, 'crm-app: metrics are published'],
    [`company.yml:/etc`, `third-party.yml:/etc`, 'crm-worker: nobody scrapes port 9465'],
    [`    networks: [third-party]\n\n# The two`, `    networks: [company]\n\n# The two`, 'cloud-prometheus: cloud-page:9464 is out of its reach'],
    [`user: node`, `user: root`, 'crm-app: it runs as root'],
    [`    user: '5000:5000'\n`, ``, 'temporal-ui: it runs as root'],
    [`  cap_drop: [ALL]\n`, ``, 'producer: it keeps capabilities'],
    [`  security_opt: ['no-new-privileges:true']\n`, ``, 'producer: it may gain privileges'],
    [`  read_only: true\n`, ``, 'crm-app: it may write into its image'],
    [`['127.0.0.1:4700:4700']`, `['4700:4700']`, 'crm-app: port 4700:4700 is open to the network'],
    [`['./docker/temporal:/tidegate:ro']`, `['./docker/gone:/tidegate:ro']`, 'temporal-schema: volume ./docker/gone is not there'],
    [`networks: [third-party, wire]`, `networks: [third-party, wires]`, 'producer: network wires is not declared'],
    [`    networks: [third-party, wire]`, `    networks: [third-party, company]`, 'producer: it reaches both sides'],
    [
      `    volumes: ['cloud:/var/lib/tidegate/cloud:ro']`,
      `    volumes: ['cloud:/var/lib/tidegate/cloud:ro', 'crm:/x']`,
      'producer: it mounts the keys of both sides',
    ],
    [
      `depends_on: { producer: { condition: service_healthy } }`,
      `depends_on: { provision: { condition: service_healthy } }`,
      'crm-worker: it waits for the health of provision',
    ],
    [
      `depends_on: { producer: { condition: service_healthy } }`,
      `depends_on: { producers: { condition: service_healthy } }`,
      'crm-worker: it waits for producers',
    ],
  ])('would be found wrong: %s -> %s', (part, damaged, fault) => {
    expect(text).toContain(part);
    expect(composeFaults(readCompose(text.replace(part, damaged)))).toContainEqual(expect.stringContaining(fault));
  });
});

describe("the Temporal server's configuration", () => {
  const folder = new URL('../../docker/temporal/', import.meta.url);
  const config = readFileSync(new URL('config.yaml', folder), 'utf8');
  const { environment = {} } = readCompose().services['temporal'] ?? {};

  it('is a template whose variables the container has, and holds no password', () => {
    expect(config.slice(0, 1024)).toContain('# enable-template');
    const variables = new Set([...config.matchAll(/\{\{ env "(\w+)" \| quote \}\}/g)].map(([, name = '']) => name));
    // The password is set by the container's command, from the file.
    expect(variables).toEqual(new Set(['TEMPORAL_POSTGRES_ADDRESS', 'TEMPORAL_POSTGRES_PASSWORD', 'TEMPORAL_DYNAMIC_CONFIG']));
    expect(Object.keys(environment)).toEqual(['TEMPORAL_POSTGRES_ADDRESS', 'TEMPORAL_POSTGRES_PASSWORD_FILE', 'TEMPORAL_DYNAMIC_CONFIG']);
    expect(config.match(/password: .*/g)).toEqual(Array.from({ length: 2 }, () => 'password: {{ env "TEMPORAL_POSTGRES_PASSWORD" | quote }}'));
  });

  it('is YAML once its variables are set, with the front end alone open to other containers', () => {
    const { services } = parse(config.replaceAll(/\{\{[^}]*\}\}/g, '"set"')) as { services: Record<string, { rpc: Record<string, unknown> }> };
    const open = Object.entries(services).filter(([, { rpc }]) => rpc['bindOnLocalHost'] !== true);
    expect(open).toEqual([['frontend', { rpc: expect.objectContaining({ bindOnIP: '0.0.0.0', grpcPort: 7233 }) }]]);
  });

  it('names a file of dynamic configuration that is there', () => {
    const path = environment['TEMPORAL_DYNAMIC_CONFIG']?.replace('/tidegate/', '') ?? '';
    expect(Object.keys(parse(readFileSync(new URL(path, folder), 'utf8')) as object)).toContain('history.transferProcessorMaxPollRPS');
  });
});
