#!/bin/sh
# Writes into build/erlang-shipment what `gleam export erlang-shipment` would: the ebin of each package, and the script that
# starts them.
set -eu

cd "$(dirname "$0")"
SHIPMENT=build/erlang-shipment
rm -rf "$SHIPMENT"

package() {
  ebin="$SHIPMENT/$1/ebin"
  app_src=$2
  shift 2
  mkdir -p "$ebin"
  erlc +deterministic -Werror -o "$ebin" "$@"
  cp "$app_src" "$ebin/$(basename "$app_src" .src)"
}

package beam_mtls ../../erlang/beam_mtls/src/beam_mtls.app.src ../../erlang/beam_mtls/src/*.erl
package clustered src/clustered.app.src src/*.erl ../erlang/src/clustered_app.erl ../erlang/src/clustered_view.erl
cp entrypoint.sh "$SHIPMENT/"
