-- up
ALTER TABLE public.users SET (autovacuum_enabled=false, autovacuum_vacuum_scale_factor=0.01, toast.autovacuum_enabled=false);

-- down
ALTER TABLE public.users RESET (autovacuum_enabled, autovacuum_vacuum_scale_factor, toast.autovacuum_enabled);
