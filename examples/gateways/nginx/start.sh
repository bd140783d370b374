#!/bin/sh
# Renders nginx.conf.in from the environment into a temporary folder, and runs nginx in the foreground.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in --fixed) fixed=true ;; *) fixed=false ;; esac
# nginx sends a request to DynamoDB as it is; an access key id without a signature is enough for the laboratory
endpoint=${AWS_ENDPOINT_URL_DYNAMODB%/}
# the workers of a root's nginx are another user, who must reach the folder
folder=$(mktemp -d -t gateway-nginx.XXXXXX)
chmod 755 "$folder"
cp "$here/gateway.lua" "$folder/"
sed -e "s|@PORT@|$PORT|" -e "s|@ENDPOINT@|$endpoint|" -e "s|@FIXED@|$fixed|" \
    -e "s|@KEY_ID@|$AWS_ACCESS_KEY_ID|" -e "s|@REGION@|$AWS_REGION|" "$here/nginx.conf.in" > "$folder/nginx.conf"
exec nginx -p "$folder" -c nginx.conf -e stderr -g 'daemon off;'
