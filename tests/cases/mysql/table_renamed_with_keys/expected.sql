-- up
RENAME TABLE `p` TO `parents`;

-- down
RENAME TABLE `parents` TO `p`;
