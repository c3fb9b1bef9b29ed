-- $1: the day around which they lie; $2: number of contacts. Most belong to a contact that is not private.
with task as (
  select
    n,
    (array['open', 'in_progress', 'done', 'open', 'cancelled', 'open'])[1 + n % 6] as status,
    case n % 4 when 0 then null else $1::date + (n * 11 % 45 - 15)::int end as due_date,
    case when n % 4 in (1, 2) then time '07:00' + (n * 25 % 660) * interval '1 minute' end as due_time,
    -- The 17th, 34th... contacts are private.
    case when n % 5 <> 0 and $2::bigint > 0 then 1 + n * 29 % $2::bigint end as contact
  from generate_series(1, 80) as n
)
insert into crm.tasks (id, subject, description, due_date, due_time, time_zone, status, priority, completed_at, contact_id, private)
select
  pg_temp.sample_id('task', n),
  (array['Call back', 'Send the offer', 'Check the invoice', 'Order spare parts', 'Prepare the visit', 'Write the minutes', 'Angebot prüfen', '見積書を送る'])[1 + n % 8],
  case when n % 3 = 0 then 'Agreed on the phone.' || chr(10) || '- price' || chr(10) || '- date' end,
  due_date,
  due_time,
  case when due_time is not null and n % 4 = 1 then (array['Europe/Berlin', 'America/New_York', 'Asia/Tokyo'])[1 + n % 3] end,
  status,
  (array[0, 1, 5, 9, 0])[1 + n % 5],
  case when status = 'done' then ($1::date - n % 10 + time '16:00') at time zone 'UTC' + n * interval '1.001 second' end,
  case when contact % 17 <> 0 then pg_temp.sample_id('contact', contact) end,
  n % 19 = 0
from task
