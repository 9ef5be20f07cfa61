#!/bin/sh
# Writes Postfix's settings from the environment and runs it in the foreground. Needs root: Postfix's own processes
# give it up. BOUNCE_ADDRESS, BOUNCE_MAILBOX, RELAY_LOG and RELAY_NAME are needed; an empty RELAYHOST means that mail
# goes to the receivers' own servers. The other variables are for running it outside a container.
set -eu
owner=${BOUNCE_OWNER:-10001} # the portal's user: its worker moves what it has read
home=${RELAY_HOME:-/run/relay}
conf="$home/conf"
mkdir -p "$conf" "$home/data" "${RELAY_QUEUE:=/var/spool/postfix}" "$(dirname "$RELAY_LOG")"
chown postfix "$home/data"
for folder in "$(dirname "$BOUNCE_MAILBOX")" "$BOUNCE_MAILBOX" "$BOUNCE_MAILBOX/new" "$BOUNCE_MAILBOX/cur" "$BOUNCE_MAILBOX/tmp"; do
  install -d -m 700 -o "$owner" -g "$owner" "$folder"
done

cat >"$conf/main.cf" <<END
compatibility_level = 3.6
config_directory = $conf
queue_directory = $RELAY_QUEUE
data_directory = $home/data
myhostname = $RELAY_NAME
myorigin = $RELAY_NAME
inet_interfaces = ${RELAY_INTERFACES:-all}
inet_protocols = ipv4
relayhost = ${RELAYHOST:-}

# The log is what the portal asks whether a letter was taken: queue names never come twice.
maillog_file = $RELAY_LOG
maillog_file_prefixes = /var, /run, $(dirname "$RELAY_LOG")
$(postconf -d maillog_file_permissions 2>/dev/null | sed 's/=.*/= 0644/')
enable_long_queue_ids = yes

# Nobody has a mailbox here but the address of reports; nobody else may send through here (see master.cf).
# (Postfix always takes mail to a bare postmaster: it is thrown away.)
mydestination =
local_transport = error:5.1.1 nobody has a mailbox here
local_recipient_maps =
alias_maps =
alias_database =
mynetworks_style = subnet
recipient_delimiter = +
transport_maps = inline:{ {$BOUNCE_ADDRESS=virtual:}, {$RELAY_NAME=discard:nobody reads mail here} }
virtual_mailbox_base = $(dirname "$BOUNCE_MAILBOX")
virtual_mailbox_maps = inline:{ $BOUNCE_ADDRESS=$(basename "$BOUNCE_MAILBOX")/ }
virtual_uid_maps = static:$owner
virtual_gid_maps = static:$owner
virtual_mailbox_limit = 0
world_restrictions = check_recipient_access inline:{ $BOUNCE_ADDRESS=OK }, reject
smtpd_helo_required = yes
disable_vrfy_command = yes
message_size_limit = 5000000
mailbox_size_limit = 0

# Outwards: encrypted wherever that is offered.
smtp_tls_security_level = may
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
smtp_tls_loglevel = 1

# A delay is told after an hour; what could not be delivered in two days comes back. Nobody else is told.
delay_warning_time = 1h
maximal_queue_lifetime = 2d
bounce_queue_lifetime = 2d
notify_classes =
END

# Two doors: the portal's, for its own network; the world's, for mail to the address of reports alone.
cat >"$conf/master.cf" <<END
${RELAY_DOOR:-2525} inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_relay_restrictions=permit_mynetworks,reject
${RELAY_WORLD_DOOR:-25} inet n - n - 20 smtpd
  -o mynetworks=
  -o smtpd_relay_restrictions=\$world_restrictions
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
END

exec postfix -c "$conf" start-fg
