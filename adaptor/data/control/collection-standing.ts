import { inTime, stoppedFor } from './approvals.ts';

/** What a user decided, or has to, about what a channel is stopped for. */
export interface HoldingApproval {
  readonly id: number;
  readonly state: 'waiting' | 'rejected' | 'expired';
  readonly by: string | null;
  readonly reason: string | null;
  /** Whether it may be approved. */
  readonly approvable: boolean;
}

/** State of one collection of a link at the CRM, out of the control plane. Times are of the database's clock. */
export interface CollectionStanding {
  readonly link: string;
  readonly collection: string;
  /** Whether changes of the table are captured. */
  readonly captured: boolean;
  /** State of the forward channel (new, loading, loaded, open, drifted, stopped); null before the link was first opened. */
  readonly state: string | null;
  /** Why that channel is drifted or stopped: the error's code, and its words for an operator. */
  readonly stateCode: string | null;
  readonly stateReason: string | null;
  /** Whether the initial load is receipted. */
  readonly loaded: boolean;
  /** Everything committed before this moment is in the cloud, proved by receipts. */
  readonly provenAt: Date | null;
  /** Everything the cloud committed before this moment was ordered in. */
  readonly reverseProvenAt: Date | null;
  readonly reverseState: string | null;
  /** The same of the reverse channel. */
  readonly reverseStateCode: string | null;
  readonly reverseStateReason: string | null;
  /** What each channel is stopped for, where a user decides about that. */
  readonly approval: HoldingApproval | null;
  readonly reverseApproval: HoldingApproval | null;
  /** Records with changes that are not receipted yet. */
  readonly waiting: number;
  /** Age of the oldest of those changes, in milliseconds; 0 where none waits. */
  readonly lagMs: number;
  readonly setAside: number;
  readonly conflicts: number;
  /** Records of the cloud that the last new load did not name, until a pull has offered them; 0 where there are none. */
  readonly unconfirmed: number;
  /** The last reverse message of a run that orders the collection. */
  readonly lastMessage: { readonly id: string; readonly state: string; readonly cause: string; readonly issuedAt: string; readonly workflowId: string } | null;
}

/** Changes that wait are counted up to here: more only has to say "many". */
const MAX_COUNTED_CHANGES = 100_000;

/** The approval that a stopped channel waits for, or was refused; a later one takes its place. */
const holding = (channel: 'forward' | 'reverse'): string => `
    left join lateral (
         select case when approval.state in ('waiting', 'rejected', 'expired') then
                  json_build_object('id', approval.id, 'state', approval.state, 'by', approval.decided_by, 'reason', approval.decided_reason,
                    'approvable', approval.state <> 'expired' and ${inTime('approval')}) end as value
           from tidegate.approval
          where ${stoppedFor(channel, 'approval')}
          order by approval.id desc limit 1) as ${channel}_approval on true`;

/**
 * Reads the state of collections in one statement, in their order: $1 links, $2 collections, $3 schemas, $4 tables (arrays of
 * one length). For whoever may read the control plane: the command line by `pg`, the page by its own client.
 */
export const COLLECTION_STANDING = `
  select wanted.link, wanted.collection,
         source.id is not null as captured,
         forward.state, forward.state_code as "stateCode", forward.state_reason as "stateReason",
         forward.cursor is not null as loaded,
         forward.proven_at as "provenAt",
         reverse.proven_at as "reverseProvenAt",
         reverse.state as "reverseState", reverse.state_code as "reverseStateCode", reverse.state_reason as "reverseStateReason",
         forward_approval.value as approval, reverse_approval.value as "reverseApproval",
         pending.records as waiting,
         coalesce(greatest(0, extract(epoch from clock_timestamp() - pending.oldest) * 1000), 0)::float8 as "lagMs",
         aside.records as "setAside",
         conflicts.records as conflicts,
         coalesce(unconfirmed.records, 0) as unconfirmed,
         message.value as "lastMessage"
    from unnest($1::text[], $2::text[], $3::text[], $4::text[])
           with ordinality as wanted (link, collection, schema_name, table_name, position)
    left join tidegate.source as source on source.schema_name = wanted.schema_name and source.table_name = wanted.table_name
    left join tidegate.channel as forward
      on forward.link = wanted.link and forward.collection = wanted.collection and forward.direction = 'forward'
    left join tidegate.channel as reverse
      on reverse.link = wanted.link and reverse.collection = wanted.collection and reverse.direction = 'reverse'${holding('forward')}${holding('reverse')}
   cross join lateral (
         select count(distinct change.key)::int as records, min(change.logged_at) as oldest
           from (select log.key, log.logged_at
                   from tidegate.change_log as log
                  where log.source = source.id
                    and log.xid >= pg_snapshot_xmin(forward.cursor)
                    and not pg_visible_in_snapshot(log.xid, forward.cursor)
                    and case log.op when 'R' then log.origin = wanted.link else log.origin is distinct from wanted.link end
                  limit ${MAX_COUNTED_CHANGES}) as change) as pending
   cross join lateral (
         select count(*)::int as records from tidegate.quarantine
          where link = wanted.link and collection = wanted.collection and state = 'waiting') as aside
   cross join lateral (
         select count(*)::int as records from tidegate.conflict
          where link = wanted.link and collection = wanted.collection) as conflicts
    left join lateral (
         select (event.facts ->> 'records')::int as records
           from tidegate.audit_event as event
           join tidegate.link on link.name = event.link and link.generation = (event.facts ->> 'generation')::int8
          where event.link = wanted.link and event.event = 'records-unconfirmed' and event.subject = wanted.collection
            and not exists (
                  select from tidegate.window as pulled
                   where pulled.link = wanted.link and pulled.collection = wanted.collection and pulled.direction = 'reverse'
                     and pulled.kind = 'delta' and pulled.state = 'applied' and pulled.started_at > event.created_at)
          order by event.id desc limit 1) as unconfirmed on true
    left join lateral (
         select json_build_object('id', message.id, 'state', message.state, 'cause', message.cause,
                                  'issuedAt', message.issued_at, 'workflowId', run.workflow_id) as value
           from (select message_id, workflow_id, started_at from tidegate.run
                  where link = wanted.link and direction = 'reverse' and message_id is not null
                  order by started_at desc limit 50) as run
           join tidegate.reverse_message as message on message.id = run.message_id
           join tidegate.reverse_message_collection as ordered
             on ordered.message_id = message.id and ordered.collection = wanted.collection
          order by run.started_at desc limit 1) as message on true
   order by wanted.position`;
