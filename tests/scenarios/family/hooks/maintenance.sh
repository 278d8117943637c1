#!/bin/sh
# Maintenance mode is a file that the site's load balancer looks for; a real one may call an API instead.
case $1 in
on) echo "closed for $ALUDEL_TO" >maintenance ;;
off) rm -f maintenance ;;
failed) echo "deploy failed: $ALUDEL_ERROR_CODE" >>maintenance ;;
esac
