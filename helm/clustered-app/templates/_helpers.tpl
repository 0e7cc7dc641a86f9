{{- define "app.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- /* Pods of a StatefulSet have a label with this and a hash: at most 52 characters. */ -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- define "app.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* The pod of `helm test`, which must be none of the nodes. */ -}}
{{- define "app.testSelector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 58 | trimSuffix "-" }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "app.labels" -}}
{{ include "app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* The headless Service. */ -}}
{{- define "app.nodes" -}}
{{ include "app.fullname" . }}-nodes
{{- end -}}

{{- define "app.domain" -}}
{{ include "app.nodes" . }}.{{ .Release.Namespace }}.svc.{{ default "cluster.local" .Values.clusterDomain }}
{{- end -}}

{{- define "app.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "app.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ required "serviceAccount.name: set it, or let serviceAccount.create be true" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "app.cookieSecret" -}}
{{ default (printf "%s-cookie" (include "app.fullname" .)) .Values.cookie.existingSecret }}
{{- end -}}

{{- define "app.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ required "image.tag: set it, or image.digest" .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What contradicts itself; what is merely wrong, values.schema.json refuses. */ -}}
{{- define "app.validate" -}}
{{- if and (eq .Values.host "fqdn") (ne .Values.kind "StatefulSet") -}}
{{- fail "host: fqdn needs kind: StatefulSet, since pods of a Deployment have no names of their own; leave host empty" -}}
{{- end -}}
{{- if hasKey .Values.env "ERL_ZFLAGS" -}}
{{- fail "env: ERL_ZFLAGS holds what consoles need, and what keeps Erlang from starting without beam-mtls; put your flags into ERL_FLAGS" -}}
{{- end -}}
{{- $own := merge (dict) (include "app.env.node" . | fromYaml) (include "app.env.certificate" . | fromYaml) .Values.env -}}
{{- range concat (list "POD_NAME" "POD_NAMESPACE" "POD_IP" "POD_IPS") (keys $own) -}}
{{- $name := . -}}
{{- range $.Values.extraEnv -}}
{{- if eq .name $name -}}
{{- fail (printf "extraEnv: the chart sets %s already; change it in env, or by the value that it belongs to" $name) -}}
{{- end -}}
{{- end -}}
{{- if and (has $name (list "POD_NAME" "POD_NAMESPACE" "POD_IP" "POD_IPS")) (hasKey $.Values.env $name) -}}
{{- fail (printf "env: the chart sets %s from the pod; remove it" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The pod's own fields. They stand first, since others refer to them. */ -}}
{{- define "app.env.pod" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: POD_IPS
  valueFrom: { fieldRef: { fieldPath: status.podIPs } }
{{- end -}}

{{- /* Settings of beam-mtls, and what makes `kubectl exec` find the node: that sees these variables only. Its files are
not there before beam-mtls has run, so whatever bypasses it starts no Erlang. */ -}}
{{- define "app.env.node" -}}
BEAM_MTLS_NAME: {{ printf "%s@%s" .Values.basename (include "app.host" .) | quote }}
BEAM_MTLS_LISTEN: {{ .Values.listen | int | quote }}
BEAM_MTLS_PEERS: {{ .Values.peers | quote }}
BEAM_MTLS_COOKIE_FILE: {{ printf "/run/beam-cookie/%s" .Values.cookie.key | quote }}
BEAM_MTLS_CONFIG_DIRECTORY: /run/beam-mtls
{{- with .Values.allowOtp }}
BEAM_MTLS_ALLOW_OTP: {{ join "," . | quote }}
{{- end }}
DNS_CLUSTER_QUERY: {{ include "app.domain" . | quote }}
ERL_ZFLAGS: -args_file $(BEAM_MTLS_CONFIG_DIRECTORY)/remote.vm.args
# The cookie.
XDG_CONFIG_HOME: $(BEAM_MTLS_CONFIG_DIRECTORY)/config
# Releases of mix.
RELEASE_DISTRIBUTION: name
RELEASE_NODE: $(BEAM_MTLS_NAME)
# Releases of relx.
USE_NODETOOL: "1"
VMARGS_PATH: $(BEAM_MTLS_CONFIG_DIRECTORY)/vm.args
{{- end -}}

{{- /* The part of the node's name behind the @. */ -}}
{{- define "app.host" -}}
{{- if eq .Values.host "fqdn" -}}
$(POD_NAME).{{ include "app.domain" . }}
{{- else -}}
$(POD_IP)
{{- end -}}
{{- end -}}

{{- /* Settings of podcert, wherever it runs. */ -}}
{{- define "app.env.certificate" -}}
PODCERT_ISSUER: {{ .Values.issuer | quote }}
{{- if .Values.trust.configMap }}
PODCERT_TRUST: {{ printf "/run/podcert-trust/%s" .Values.trust.key | quote }}
{{- end }}
{{- with .Values.deadline }}
PODCERT_DEADLINE: {{ . | quote }}
{{- end }}
{{- with .Values.duration }}
PODCERT_DURATION: {{ . | quote }}
{{- end }}
{{- with .Values.keyAlgorithm }}
PODCERT_KEY_ALGORITHM: {{ . | quote }}
{{- end }}
{{- with .Values.dnsNames }}
PODCERT_DNS_NAMES: {{ join "," . | quote }}
{{- end }}
{{- with .Values.ipAddresses }}
PODCERT_IP_ADDRESSES: {{ join "," . | quote }}
{{- end }}
{{- with .Values.uris }}
PODCERT_URIS: {{ join "," . | quote }}
{{- end }}
{{- if .Values.ipAddressesAsDnsNames }}
PODCERT_IP_ADDRESSES_AS_DNS_NAMES: "true"
{{- end }}
{{- with .Values.clusterDomain }}
PODCERT_CLUSTER_DOMAIN: {{ . | quote }}
{{- end }}
{{- with .Values.trustDomain }}
PODCERT_TRUST_DOMAIN: {{ . | quote }}
{{- end }}
{{- end -}}

{{- /* A list of variables from a map. */ -}}
{{- define "app.env.list" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end -}}
{{- end -}}
