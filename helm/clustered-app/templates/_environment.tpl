{{- /* The pod's fields. They come first, because other variables refer to them. */ -}}
{{- define "clustered-app.env.pod" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: POD_IPS
  valueFrom: { fieldRef: { fieldPath: status.podIPs } }
{{- end -}}

{{- /* Settings of beam-mtls, and variables by which `kubectl exec`, which sees no others, finds the node. The files that
they name do not exist until beam-mtls has run, so a command that bypasses it cannot start Erlang. */ -}}
{{- define "clustered-app.env.node" -}}
BEAM_MTLS_NAME: {{ printf "%s@%s" .Values.basename (include "clustered-app.host" .) | quote }}
BEAM_MTLS_LISTEN: {{ .Values.listen | int | quote }}
BEAM_MTLS_PEERS: {{ .Values.peers | quote }}
BEAM_MTLS_COOKIE_FILE: {{ printf "/run/beam-cookie/%s" .Values.cookie.key | quote }}
BEAM_MTLS_CONFIG_DIRECTORY: /run/beam-mtls
{{- with .Values.allowOtp }}
BEAM_MTLS_ALLOW_OTP: {{ join "," . | quote }}
{{- end }}
DNS_CLUSTER_QUERY: {{ include "clustered-app.domain" . | quote }}
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

{{- /* The part of the node name after the @. */ -}}
{{- define "clustered-app.host" -}}
{{- if eq .Values.host "fqdn" -}}
$(POD_NAME).{{ include "clustered-app.domain" . }}
{{- else -}}
$(POD_IP)
{{- end -}}
{{- end -}}

{{- /* Settings of podcert, for the container that obtains the certificate. */ -}}
{{- define "clustered-app.env.certificate" -}}
PODCERT_ISSUER: {{ include "clustered-app.issuer" . | quote }}
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

{{- /* Converts a map to a list of variables. */ -}}
{{- define "clustered-app.env.list" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end -}}
{{- end -}}
