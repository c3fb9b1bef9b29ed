-- $1: the day around which they lie. Wall times have no zone of the session: a zone is a column of its own.
with day as (select $1::date as today),
single as (
  -- Forty single appointments: every fourth all day, the others floating or in one of several zones.
  select
    n,
    today + (n * 5 % 57 - 20)::int as on_day,
    n % 4 = 0 as all_day,
    time '08:00' + (n * 35 % 600) * interval '1 minute' as at,
    (array[null, 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'])[1 + n % 8] as zone
  from generate_series(1, 40) as n, day
),
series (n, summary, start_date, starts_at, minutes, zone, rule, exceptions) as (
  select n, summary, null::date, today + offset_days + at, minutes, zone, rule, exceptions
  from day, lateral (values
    (1, 'Team meeting', -14, time '09:30', 45, 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,WE', jsonb_build_array(to_char(today + time '09:30', 'YYYY-MM-DD"T"HH24:MI:SS'))),
    (2, 'Call with Tokyo', -10, time '08:00', 30, 'Asia/Tokyo', 'FREQ=WEEKLY;COUNT=20', '[]'::jsonb),
    (3, 'Stand-up', -7, time '10:00', 15, null, 'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', jsonb_build_array(to_char(today + 3 + time '10:00', 'YYYY-MM-DD"T"HH24:MI:SS'), to_char(today + 4 + time '10:00', 'YYYY-MM-DD"T"HH24:MI:SS'))),
    (4, 'Board meeting', -30, time '14:00', 120, 'America/New_York', 'FREQ=MONTHLY;BYDAY=1TU', '[]'::jsonb),
    (5, 'Night shift hand-over', -20, time '02:30', 30, 'Europe/London', 'FREQ=DAILY;INTERVAL=2', '[]'::jsonb)
  ) as timed (n, summary, offset_days, at, minutes, zone, rule, exceptions)
  union all
  select n, summary, today + offset_days, null, null, null, rule, '[]'::jsonb
  from day, lateral (values
    (6, 'Stock-taking', 5, 'FREQ=YEARLY'),
    (7, 'Rent due', -29, 'FREQ=MONTHLY;BYMONTHDAY=-1'),
    (8, 'Weekend duty', -8, 'FREQ=WEEKLY;INTERVAL=3')
  ) as daily (n, summary, offset_days, rule)
),
override as (
  -- Single occurrences of the timed series that were moved, called off or renamed.
  select n as series, o, summary, minutes, zone, starts_at + o * interval '7 days' as occurrence
  from series, generate_series(1, 3) as o
  where n <= 4
)
insert into crm.appointments
  (id, uid, series_id, recurrence_id, summary, description, location, all_day, start_date, end_date, starts_at, ends_at, time_zone, recurrence, exceptions, status, attendees, private)
select
  pg_temp.sample_id('appointment', n),
  'sample-' || n || '@crm.example',
  null::uuid, null,
  (array['Visit', 'Presentation', 'Lunch', 'Negotiation', 'Holiday', 'Dentist', 'Training', 'Fair'])[1 + n * 3 % 8] || case when n % 10 = 0 then ' – Größe „XL“' else '' end,
  case when n % 3 = 0 then 'Bring the samples.' || chr(10) || 'Parking behind the house.' end,
  (array['Room 1', 'Exampleton, Harbour Street 4', null, 'Video call'])[1 + n % 4],
  all_day,
  case when all_day then on_day end,
  case when all_day then on_day + 1 + n % 3 end,
  case when not all_day then on_day + at end,
  case when not all_day then on_day + at + (15 + n % 5 * 30) * interval '1 minute' end,
  case when not all_day then zone end,
  null,
  '[]'::jsonb,
  (array['confirmed', 'confirmed', 'tentative', 'confirmed', 'cancelled'])[1 + n % 5],
  case when n % 4 = 1 then jsonb_build_array(jsonb_build_object('name', 'Mira Sandoval', 'email', 'mira@crm.example', 'status', 'accepted')) else '[]'::jsonb end,
  n % 13 = 0
from single
union all
select
  pg_temp.sample_id('series', n),
  'sample-series-' || n || '@crm.example',
  null, null, summary, null, case when n % 2 = 0 then 'Video call' end,
  start_date is not null, start_date, start_date + 1,
  starts_at, starts_at + minutes * interval '1 minute', zone, rule, exceptions, 'confirmed', '[]'::jsonb, false
from series
union all
select
  pg_temp.sample_id('override', 10 * series + o),
  'sample-series-' || series || '@crm.example',
  pg_temp.sample_id('series', series),
  to_char(occurrence, 'YYYY-MM-DD"T"HH24:MI:SS'),
  summary || case o when 3 then ' (guests)' else '' end,
  null, null, false, null, null,
  occurrence + case o when 1 then interval '1 hour' else interval '0' end,
  occurrence + case o when 1 then interval '1 hour' else interval '0' end + minutes * interval '1 minute',
  zone, null, '[]'::jsonb,
  case o when 2 then 'cancelled' else 'confirmed' end,
  '[]'::jsonb, false
from override
