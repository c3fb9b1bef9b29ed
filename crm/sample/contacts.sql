-- $1: number of contacts; $2, $3: given and family names, eight a script; $4: which script each of twenty contacts takes.
with person as (
  select
    n,
    ($2::text[])[1 + script * 8 + (n + n / 20) % 8] as given_name,
    ($3::text[])[1 + script * 8 + (n / 7 + n / 160) % 8] as family_name,
    pg_temp.sample_id('account', 1 + n % 25) as account_id
  from generate_series(1, $1::bigint) as n
  cross join lateral (select ($4::int[])[1 + n % 20] as script)
)
insert into crm.contacts (id, account_id, given_name, family_name, company, job_title, emails, phones, addresses, birthday, note, credit_limit, private)
select
  pg_temp.sample_id('contact', n),
  account_id,
  -- Every eleventh is known by the family name alone, and every thirty-seventh is a company's desk without a person.
  case when n % 11 <> 0 and n % 37 <> 0 then given_name end,
  case when n % 37 <> 0 then family_name end,
  accounts.name,
  (array['Buyer', 'Head of Sales', 'Engineer', 'Accountant', 'Managing Director', null, 'Caretaker', 'IT'])[1 + n % 8],
  case n % 6
    when 0 then '[]'::jsonb
    when 1 then jsonb_build_array(
      jsonb_build_object('label', 'work', 'value', 'contact' || n || '@work.example'),
      jsonb_build_object('label', 'home', 'value', 'contact' || n || '@home.example'))
    else jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'contact' || n || '@work.example'))
  end,
  case n % 4
    when 0 then '[]'::jsonb
    when 1 then jsonb_build_array(
      jsonb_build_object('label', 'work', 'value', '+1 555 01' || lpad((n % 100)::text, 2, '0')),
      jsonb_build_object('label', 'mobile', 'value', '+44 7700 900' || lpad((n % 1000)::text, 3, '0')),
      jsonb_build_object('label', 'fax', 'value', '+1 555 01' || lpad((n * 7 % 100)::text, 2, '0')))
    else jsonb_build_array(jsonb_build_object('label', 'mobile', 'value', '+44 7700 900' || lpad((n % 1000)::text, 3, '0')))
  end,
  case when n % 3 = 0
    then jsonb_build_array(jsonb_build_object('label', 'work', 'value', 1 + n % 90 || ' Harbour Street' || chr(10) || 'Quay ' || n % 7 || chr(10) || 'Exampleton'))
    else '[]'::jsonb
  end,
  case when n % 5 = 0 then date '1950-01-01' + (n * 7919 % 20000)::int end,
  case n % 9
    when 0 then 'Met at the fair. Prefers to be called in the afternoon.'
    when 4 then 'Says "yes" often, signs seldom; see file A|B, 100 % sure.' || chr(10) || 'Second line.'
    when 7 then 'Speaks three languages 🌊'
  end,
  case when n % 7 = 0 then (n * 137 % 90000)::numeric / 4 end,
  n % 17 = 0
from person
join crm.accounts on accounts.id = person.account_id
