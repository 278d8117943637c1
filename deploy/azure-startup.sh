#!/bin/sh
# Azure App Service: Configuration > General settings > Startup Command: sh /home/site/wwwroot/azure-startup.sh
# Every instance runs it; one migrates, the others wait for it and find nothing to do.
set -e
cd /home/site/wwwroot
./aludel upgrade head --all --lock-timeout 300
exec gunicorn --bind 0.0.0.0:8000 app:app
