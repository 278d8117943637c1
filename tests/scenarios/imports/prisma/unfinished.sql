UPDATE "_prisma_migrations" SET rolled_back_at = NULL WHERE migration_name = '20240210111213_name_is_required';
