create table public.profiles (
  id uuid primary key,
  name text not null
);

alter table public.profiles enable row level security;

create policy "Profiles are visible to everyone" on public.profiles
  for select using (true);
