-- up
RENAME TABLE `t` TO `u__renamed`;
RENAME TABLE `u` TO `t`;
RENAME TABLE `u__renamed` TO `u`;

-- down
RENAME TABLE `u` TO `t__renamed`;
RENAME TABLE `t` TO `u`;
RENAME TABLE `t__renamed` TO `t`;
