#!/usr/bin/env bash
# Makes what docker-compose.yml needs: random secrets in secrets/, and .env. What is there already is kept.
#   ./deploy/init.sh                asks for the CipherTrust Manager: its address, user and password
#   ./deploy/init.sh --simulator    uses the simulator of docker-compose.yml instead
# In a script: CCKM_URL=https://… CCKM_USERNAME=… ./deploy/init.sh <password-file
set -euo pipefail
cd "$(dirname "$0")/.."

simulator=
case "${1-}" in
  '') ;;
  --simulator) simulator=1 ;;
  *)
    echo 'usage: ./deploy/init.sh [--simulator]' >&2
    exit 64
    ;;
esac
command -v openssl >/dev/null || {
  echo 'openssl is missing: install it.' >&2
  exit 69
}

# Only the owner enters the folder. The files in it can be read by all, since a container sees the file alone, as a user
# whose id this machine does not know.
mkdir -p secrets/tls
chmod 700 secrets
umask 022

# keep <secret> <command…>: what the command prints becomes the secret, unless there is one.
keep() {
  local file=secrets/$1
  shift
  [ -s "$file" ] || "$@" >"$file"
}
random=(openssl rand -hex 32)

keep postgres_password "${random[@]}"
keep migration_database_url printf 'postgres://keyferry:%s@postgres:5432/keyferry' "$(cat secrets/postgres_password)"
keep database_url printf 'postgres://keyferry_app:%s@postgres:5432/keyferry' "$("${random[@]}")"
keep valkey_password "${random[@]}"
keep redis_url printf 'redis://:%s@valkey:6379' "$(cat secrets/valkey_password)"
keep admin_token openssl rand -base64 32
keep encryption_key openssl rand -base64 32
keep signing_key openssl genpkey -algorithm ed25519

if [ ! -s .env ]; then
  if [ "$simulator" ]; then
    printf '%s\n' COMPOSE_PROFILES=simulator CCKM_URL=https://simulator:4401 CCKM_USERNAME=admin \
      CCKM_CA_FILE=/etc/keyferry/simulator.crt >.env
  else
    [ "${CCKM_URL-}" ] || read -rp 'Address of the CipherTrust Manager (https://…): ' CCKM_URL
    [ "${CCKM_USERNAME-}" ] || read -rp 'User: ' CCKM_USERNAME
    printf '%s\n' "CCKM_URL=$CCKM_URL" "CCKM_USERNAME=$CCKM_USERNAME" >.env
  fi
fi
if [ ! -s secrets/cckm_password ]; then
  if [ "$simulator" ]; then
    password=keyferry-simulator
  else
    read -rsp 'Password: ' password || [ "$password" ] || {
      echo 'No password was given.' >&2
      exit 64
    }
    echo
  fi
  printf '%s' "$password" >secrets/cckm_password
fi
if [ "$simulator" ] && [ ! -s secrets/simulator/tls.key ]; then
  mkdir -p secrets/simulator
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=simulator \
    -addext subjectAltName=DNS:simulator -keyout secrets/simulator/tls.key -out secrets/simulator/tls.crt 2>/dev/null
  cp secrets/simulator/tls.crt secrets/tls/simulator.crt
fi
# What was put there by hand.
chmod -R u=rwX,go=rX secrets/*

echo 'Ready: docker compose up -d --build --scale worker=2'
echo 'Token of the admin: secrets/admin_token. Keep encryption_key in a safe place, and outside this machine the public key'
echo 'that verifies audit log and evidence: openssl pkey -in secrets/signing_key -pubout'
