import { defineConfig } from '../../configuration/config.ts';

/*
 * Four tables of a sales department, kept in step by configuration alone. The tables are made by the import:
 *
 *   npx tidegate import --create accounts.csv products.csv sales_teams.csv sales_pipeline.csv
 *   npx tidegate attach
 */
export default defineConfig({
  links: [
    {
      tenant: 'acme',
      environment: 'development',
      link: 'sales',
      collections: [
        {
          name: 'accounts',
          table: 'sales.accounts',
          key: ['account'],
          fields: {
            account: 'account',
            sector: 'sector',
            yearEstablished: 'year_established',
            revenue: { column: 'revenue', authority: 'crm' },
            employees: 'employees',
            officeLocation: 'office_location',
            subsidiaryOf: 'subsidiary_of',
          },
        },
        {
          name: 'products',
          table: 'sales.products',
          key: ['product'],
          fields: { product: 'product', series: 'series', salesPrice: { column: 'sales_price', authority: 'crm' } },
        },
        {
          name: 'sales_teams',
          table: 'sales.sales_teams',
          key: ['salesAgent'],
          fields: { salesAgent: 'sales_agent', manager: 'manager', regionalOffice: 'regional_office' },
        },
        {
          name: 'sales_pipeline',
          table: 'sales.sales_pipeline',
          key: ['opportunityId'],
          fields: {
            opportunityId: 'opportunity_id',
            salesAgent: 'sales_agent',
            product: 'product',
            account: 'account',
            dealStage: { column: 'deal_stage', enumeration: { prospecting: 'Prospecting', engaging: 'Engaging', won: 'Won', lost: 'Lost' } },
            engageDate: 'engage_date',
            closeDate: 'close_date',
            closeValue: 'close_value',
          },
          references: [
            { fields: ['salesAgent'], collection: 'sales_teams' },
            { fields: ['product'], collection: 'products' },
            { fields: ['account'], collection: 'accounts' },
          ],
        },
      ],
    },
  ],
});
