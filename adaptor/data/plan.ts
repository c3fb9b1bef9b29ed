import { createHash } from 'node:crypto';
import type { CollectionDefinition, ColumnBinding, FieldDefinition, TableBinding } from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkIdentity, LinkName, Side } from '../../exchange/names.ts';
import { linkName } from '../../exchange/names.ts';
import { canonicalJson } from './canonical-json.ts';

/** All that the data plane has to know of one collection in one store. */
export interface CollectionPlan {
  readonly link: LinkIdentity;
  /** Full name of the link, as it stands in control rows. */
  readonly linkName: LinkName;
  readonly side: Side;
  readonly definition: CollectionDefinition;
  readonly binding: TableBinding;
  /** SHA-256 of the definition's canonical JSON, base64url. */
  readonly schemaHash: string;
  /** Referenced collections that make keys of their own in this store: references to them are translated by record_link. */
  readonly linkedParents: readonly string[];
}

/** What a plan is made of. */
export interface PlanParts {
  readonly link: LinkIdentity;
  readonly side: Side;
  readonly definition: CollectionDefinition;
  readonly binding: TableBinding;
  readonly linkedParents?: readonly string[];
}

/** Makes a plan and checks that its parts fit. Throws `configuration-invalid`. */
export function makePlan({ link, side, definition, binding, linkedParents = [] }: PlanParts): CollectionPlan {
  const plan: CollectionPlan = { link, linkName: linkName(link), side, definition, binding, schemaHash: definitionHash(definition), linkedParents };
  for (const name of definition.key) if (columnOf(plan, name) === undefined) throw misfit(plan, `the key field "${name}" has no column`);
  for (const { field } of binding.columns) if (fieldOf(plan, field) === undefined) throw misfit(plan, `"${field}" is not a field of the definition`);
  return plan;
}

/** SHA-256 of a definition's canonical JSON (RFC 8785), base64url: the schema hash that stands in manifests. */
export function definitionHash(definition: CollectionDefinition): string {
  return createHash('sha256').update(canonicalJson(definition)).digest('base64url');
}

/** The column that holds a field in this store; undefined where the store has none. */
export function columnOf(plan: CollectionPlan, field: string): ColumnBinding | undefined {
  return plan.binding.columns.find((column) => column.field === field);
}

/** A field of the definition. */
export function fieldOf(plan: CollectionPlan, field: string): FieldDefinition | undefined {
  return plan.definition.fields.find(({ name }) => name === field);
}

/** Columns of the key in this store, in order, without the tenant's. */
export function keyColumns(plan: CollectionPlan): readonly string[] {
  return plan.definition.key.flatMap((field) => columnOf(plan, field)?.column ?? []);
}

/** Columns whose text forms `change_log.key` of this plan's table: the tenant's first, where there is one. */
export function logKeyColumns(plan: CollectionPlan): readonly string[] {
  return plan.binding.tenantColumn === undefined ? keyColumns(plan) : [plan.binding.tenantColumn, ...keyColumns(plan)];
}

/** Columns that decide whether a row belongs to the collection: of the filter, of the privacy gate, and those with a fixed value. */
export function filterColumns(plan: CollectionPlan): readonly string[] {
  const { filter, private: gate, constants } = plan.binding;
  return [...new Set([...(filter?.columns ?? []), ...(gate?.columns ?? []), ...Object.keys(constants)])];
}

/** Columns whose changes are captured for this plan: key, mapped and filter columns. */
export function capturedColumns(plan: CollectionPlan): readonly string[] {
  return [...new Set([...logKeyColumns(plan), ...plan.binding.columns.map(({ column }) => column), ...filterColumns(plan)])];
}

function misfit(plan: CollectionPlan, fault: string): TidegateError {
  return new TidegateError('configuration-invalid', `Collection ${plan.definition.name}: ${fault}.`, { collection: plan.definition.name });
}
