#!/bin/sh
# The script that `gleam export erlang-shipment` writes next to the packages has the same two commands.
set -eu

PACKAGE=clustered
BASE=$(dirname "$0")
COMMAND="${1-default}"

run() {
  exec erl \
    -pa "$BASE"/*/ebin \
    -eval "$PACKAGE@@main:run($PACKAGE)" \
    -noshell \
    -extra "$@"
}

shell() {
  erl -pa "$BASE"/*/ebin
}

case "$COMMAND" in
run)
  shift
  run "$@"
  ;;
shell)
  shell
  ;;
*)
  echo "usage: $0 run|shell" >&2
  exit 1
  ;;
esac
