#!/bin/sh
# Writes what differs between installations and runs nginx in the foreground, as an ordinary user. READERS and PEOPLE
# are the two pools of web workers. With PROXY_CERTIFICATE and PROXY_KEY (files) it ends TLS itself; else another proxy
# does, and PROXY_TRUSTED names it: that one's word is taken for where a request came from.
set -eu
here=$(dirname "$0")
home=${PROXY_HOME:-/tmp/proxy}
mkdir -p "$home/temp"

cat >"$home/pools.conf" <<END
upstream readers { server $READERS max_fails=0; }
upstream people { server $PEOPLE max_fails=0; }
END

if [ -n "${PROXY_CERTIFICATE:-}" ]; then
  cat >"$home/door.conf" <<END
listen ${PROXY_LISTEN:-8443} ssl http2;
ssl_certificate $PROXY_CERTIFICATE;
ssl_certificate_key $PROXY_KEY;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_session_cache shared:tls:10m;
ssl_session_tickets off;
END
  scheme='$scheme'
else
  echo "listen ${PROXY_LISTEN:-8080};" >"$home/door.conf"
  scheme='$http_x_forwarded_proto'
fi
for proxy in $(echo "${PROXY_TRUSTED:-}" | tr ',' ' '); do
  echo "set_real_ip_from $proxy;"
done >"$home/trusted.conf"
echo "map \"\" \$told_scheme { default \"$scheme\"; }" >"$home/scheme.conf"

sed "s|HOME|$home|g; s|HERE|$here|g" "$here/nginx.conf" >"$home/nginx.conf"
exec nginx -p "$home" -e stderr -c "$home/nginx.conf" -g "daemon off;"
