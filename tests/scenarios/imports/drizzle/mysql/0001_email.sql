ALTER TABLE `users` ADD `email` varchar(90);--> statement-breakpoint
ALTER TABLE `users` ADD CONSTRAINT `users_email_unique` UNIQUE(`email`);