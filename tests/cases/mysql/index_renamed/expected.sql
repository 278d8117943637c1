-- up
ALTER TABLE `t` RENAME INDEX `k` TO `kk`;

-- down
ALTER TABLE `t` RENAME INDEX `kk` TO `k`;
