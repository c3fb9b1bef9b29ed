-- $1: names of companies.
insert into crm.accounts (id, name, industry, website, phone, note)
select
  pg_temp.sample_id('account', number),
  name,
  (array['Manufacturing', 'Logistics', 'Health', 'Food', 'Education', 'Energy'])[1 + number % 6],
  'https://' || regexp_replace(lower(name), '[^a-z]+', '-', 'g') || '.example',
  '+1 555 01' || lpad((number % 100)::text, 2, '0'),
  case when number % 5 = 0 then 'Key account.' || chr(10) || 'Review every quarter.' end
from unnest($1::text[]) with ordinality as companies (name, number)
