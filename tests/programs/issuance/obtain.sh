#!/bin/sh
# What an init container does without podcert: obtain.sh DIRECTORY ISSUER. It checks for the certificate every 0.2 s.
set -eu
account=/var/run/secrets/kubernetes.io/serviceaccount
namespace=$(cat $account/namespace)
api=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/apis/cert-manager.io/v1/namespaces/$namespace/certificaterequests
name=script-$(openssl rand -hex 8)
address=$(hostname -i)

call() {
    curl --silent --show-error --fail --cacert $account/ca.crt \
        --header "Authorization: Bearer $(cat $account/token)" "$@"
}

umask 077
mkdir "$1"
cd "$1"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj / -keyout tls.key -out request \
    -addext "subjectAltName=critical,IP:$address,URI:spiffe://cluster.local/ns/$namespace/sa/bench" 2>openssl.log
jq --null-input --rawfile request request --arg name "$name" --arg issuer "$2" '{
    apiVersion: "cert-manager.io/v1", kind: "CertificateRequest", metadata: { name: $name },
    spec: {
        request: ($request | @base64), duration: "24h", usages: ["digital signature", "server auth", "client auth"],
        issuerRef: { name: $issuer, kind: "Issuer", group: "cert-manager.io" }
    }
}' >object
call --header "Content-Type: application/json" --data @object "$api" >answer
until call "$api/$name" >answer && jq --exit-status .status.certificate answer >certificate; do
    sleep 0.2
done
jq --raw-output '.status.certificate | @base64d' answer >tls.crt
jq --raw-output '.status.ca | @base64d' answer >ca.crt
openssl verify -CAfile ca.crt tls.crt >verified
