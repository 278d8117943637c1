-- up
RENAME TABLE `t` TO `u__renamed`, `u` TO `t`, `u__renamed` TO `u`;

-- down
RENAME TABLE `u` TO `t__renamed`, `t` TO `u`, `t__renamed` TO `t`;
