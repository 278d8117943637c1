alter table public.profiles add column updated_at timestamptz;

create function public.touch() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end;
$$;

create trigger touch before update on public.profiles for each row execute function public.touch();
