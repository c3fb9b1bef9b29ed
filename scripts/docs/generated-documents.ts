import { metricsDocument } from '../../observability/metrics/document.ts';
import { accessDocument } from './access.ts';
import { configurationDocument } from './configuration.ts';
import { errorsDocument } from './errors.ts';
import { openapiDocument } from './openapi.ts';
import { cloudApi, crmApi, pageApiDocument } from './page-api/document.ts';

/** Every generated file below docs/ and what makes its text. */
export const GENERATED_DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/access.md': accessDocument,
  'docs/cloud-page-api.json': () => pageApiDocument(cloudApi()),
  'docs/configuration.md': configurationDocument,
  'docs/crm-api.json': () => pageApiDocument(crmApi()),
  'docs/errors.md': errorsDocument,
  'docs/metrics.md': metricsDocument,
  'docs/openapi.json': openapiDocument,
};
