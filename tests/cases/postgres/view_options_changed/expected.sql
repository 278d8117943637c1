-- up
ALTER VIEW public.v RESET (security_barrier);
ALTER VIEW public.v SET (security_invoker=true);

-- down
ALTER VIEW public.v RESET (security_invoker);
ALTER VIEW public.v SET (security_barrier=true);
