/** The processes that tell of themselves. */
export type Part = 'crm-app' | 'crm-worker' | 'producer' | 'cloud-page';

/** What a metric is: written once, here. Names follow Prometheus' conventions: base units, `_total` for counters. */
export interface MetricDefinition {
  readonly name: `tidegate_${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, as it stands in the exposition. */
  readonly help: string;
  readonly labels: readonly string[];
  readonly parts: readonly Part[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
}

const CHANNEL = ['link', 'collection', 'direction'] as const;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120] as const;

/**
 * Every metric. What tells whether a link is fresh is read from the control plane by the CRM application, so that it stays
 * right when the worker is dead; what a process did is counted by that process. Labels are names out of the configuration,
 * routes and codes of the catalogue: never a key, a value or an id.
 */
export const METRICS = {
  storeUp: {
    name: 'tidegate_store_up',
    type: 'gauge',
    help: 'Whether the store of this side could be read at this scrape; if 0, what is read from it is absent.',
    labels: [],
    parts: ['crm-app', 'producer'],
  },
  linkState: {
    name: 'tidegate_link_state',
    type: 'gauge',
    help: 'State of the link: 1 for the one it is in (unopened, open, paused, stopped), 0 for the others.',
    labels: ['link', 'state'],
    parts: ['crm-app'],
  },
  collectionState: {
    name: 'tidegate_collection_flowing',
    type: 'gauge',
    help: 'Whether the collection takes part in this direction: 0 before its initial load, and when it is drifted or stopped.',
    labels: CHANNEL,
    parts: ['crm-app'],
  },
  lag: {
    name: 'tidegate_lag_seconds',
    type: 'gauge',
    help: 'Age of the oldest change of the CRM that no receipt of the cloud covers; 0 where none waits.',
    labels: ['link', 'collection'],
    parts: ['crm-app'],
  },
  waiting: {
    name: 'tidegate_records_waiting',
    type: 'gauge',
    help: 'Records with changes that no receipt covers; counted up to 100,000 changes.',
    labels: ['link', 'collection'],
    parts: ['crm-app'],
  },
  lastProven: {
    name: 'tidegate_last_proven_timestamp_seconds',
    type: 'gauge',
    help: 'Everything that the sender committed before this time (Unix) is at the receiver, proved by signed receipts; 0: never yet.',
    labels: CHANNEL,
    parts: ['crm-app'],
  },
  expectedInterval: {
    name: 'tidegate_expected_interval_seconds',
    type: 'gauge',
    help: 'Period of the Schedule of this direction (or `reconcile`), as configured: a proof is due at least this often.',
    labels: ['link', 'direction'],
    parts: ['crm-app'],
  },
  alarm: {
    name: 'tidegate_alarm',
    type: 'gauge',
    help: 'Always 1: an alarm of the dead-man’s switch that holds (no-run, no-proof, paused-too-long, unreadable); absent where none does.',
    labels: ['link', 'collection', 'direction', 'alarm'],
    parts: ['crm-app'],
  },
  quarantine: {
    name: 'tidegate_quarantine_records',
    type: 'gauge',
    help: 'Records set aside at this side that wait for somebody.',
    labels: CHANNEL,
    parts: ['crm-app', 'producer'],
  },
  conflicts: {
    name: 'tidegate_conflicts',
    type: 'gauge',
    help: 'Conflicts on record: fields that both sides changed, whose losing value is kept.',
    labels: ['link', 'collection'],
    parts: ['crm-app'],
  },
  requests: {
    name: 'tidegate_requests_waiting',
    type: 'gauge',
    help: 'Requests for a synchronisation that are not done.',
    labels: ['link', 'direction'],
    parts: ['crm-app'],
  },
  oldestRequest: {
    name: 'tidegate_oldest_request_seconds',
    type: 'gauge',
    help: 'Age of the oldest of those requests; 0 where none waits.',
    labels: ['link', 'direction'],
    parts: ['crm-app'],
  },
  lastRunGood: {
    name: 'tidegate_last_run_good',
    type: 'gauge',
    help: 'Whether the last run that ended was completed with balanced books; 0 where it failed or was refused. Absent before the first end.',
    labels: ['link', 'direction'],
    parts: ['crm-app'],
  },
  differences: {
    name: 'tidegate_reconciliation_differences',
    type: 'gauge',
    help: 'Records that differed at the last finished comparison of both stores, without those whose repair was queued. Absent before the first.',
    labels: ['link', 'collection'],
    parts: ['crm-app'],
  },
  lastReconciled: {
    name: 'tidegate_last_reconciliation_timestamp_seconds',
    type: 'gauge',
    help: 'When the last comparison of both stores was finished (Unix time). Absent before the first.',
    labels: ['link', 'collection'],
    parts: ['crm-app'],
  },
  certificateExpiry: {
    name: 'tidegate_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When a TLS certificate expires (Unix time): `own` and `authority` are this process’s files, `registered` those that this store believes.',
    labels: ['certificate', 'party'],
    parts: ['crm-app', 'crm-worker', 'producer'],
  },
  filesInUse: {
    name: 'tidegate_trust_files_in_use',
    type: 'gauge',
    help: 'Whether certificates or signing keys as they are on disk are in use; 0 where replaced files are no good and the old ones go on.',
    labels: ['files'],
    parts: ['crm-worker', 'producer'],
  },
  revocationsUntil: {
    name: 'tidegate_revocation_list_next_update_timestamp_seconds',
    type: 'gauge',
    help: 'When the authority promised its next revocation list (Unix time); absent where no list is used.',
    labels: [],
    parts: ['crm-worker', 'producer'],
  },
  keyExpiry: {
    name: 'tidegate_signing_key_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the last registered signing key of a party expires (Unix time).',
    labels: ['party'],
    parts: ['crm-app', 'producer'],
  },
  windows: {
    name: 'tidegate_windows_total',
    type: 'counter',
    help: 'Windows and chunks that this process saw to their end: `receipted`, or `failed` (they are settled and sent again).',
    labels: [...CHANNEL, 'outcome'],
    parts: ['crm-worker', 'producer'],
  },
  records: {
    name: 'tidegate_records_total',
    type: 'counter',
    help: 'Books of receipted windows: records by outcome (applied, unchanged, conflicted, quarantined, filtered). The producer counts forward windows.',
    labels: [...CHANNEL, 'outcome'],
    parts: ['crm-worker', 'producer'],
  },
  windowSeconds: {
    name: 'tidegate_window_duration_seconds',
    type: 'histogram',
    help: 'Time from the first byte of a window to its verified receipt.',
    labels: ['direction'],
    parts: ['crm-worker'],
    buckets: SECONDS,
  },
  activities: {
    name: 'tidegate_activities_total',
    type: 'counter',
    help: 'Attempts of activities that ended, by outcome (completed, failed, cancelled).',
    labels: ['activity', 'outcome'],
    parts: ['crm-worker'],
  },
  retries: {
    name: 'tidegate_activity_retries_total',
    type: 'counter',
    help: 'Attempts of activities after the first.',
    labels: ['activity'],
    parts: ['crm-worker'],
  },
  failures: {
    name: 'tidegate_failures_total',
    type: 'counter',
    help: 'Errors by their code of the catalogue: what activities threw (worker), what was answered to requests (producer).',
    labels: ['code'],
    parts: ['crm-worker', 'producer'],
  },
  httpRequests: {
    name: 'tidegate_http_requests_total',
    type: 'counter',
    help: 'Answered requests by route and status.',
    labels: ['method', 'route', 'status'],
    parts: ['crm-app', 'producer', 'cloud-page'],
  },
  httpSeconds: {
    name: 'tidegate_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the headers of a request to the end of its answer. Held answers count with the time they were held.',
    labels: ['method', 'route'],
    parts: ['crm-app', 'producer', 'cloud-page'],
    buckets: SECONDS,
  },
  connections: {
    name: 'tidegate_database_connections',
    type: 'gauge',
    help: 'Connections of a pool: `used`, `idle`, and callers that are `waiting` for one.',
    labels: ['pool', 'state'],
    parts: ['crm-app', 'crm-worker', 'producer', 'cloud-page'],
  },
  build: {
    name: 'tidegate_build_info',
    type: 'gauge',
    help: 'Always 1; tells which process and version this is.',
    labels: ['part', 'version'],
    parts: ['crm-app', 'crm-worker', 'producer', 'cloud-page'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** A metric by its short name. */
export type MetricKey = keyof typeof METRICS;

/** Names of a metric's labels. */
export type LabelsOf<K extends MetricKey> = (typeof METRICS)[K]['labels'][number];

/** Keys of the metrics of one type. */
export type KeysOf<T extends MetricDefinition['type']> = { [K in MetricKey]: (typeof METRICS)[K]['type'] extends T ? K : never }[MetricKey];
