{{- /* Refuses values that contradict each other. values.schema.json refuses values that are wrong by themselves. */ -}}
{{- define "clustered-app.validate" -}}
{{- if and (eq .Values.host "fqdn") (ne .Values.kind "StatefulSet") -}}
{{- fail "host: fqdn needs kind: StatefulSet, because pods of a Deployment do not have DNS names of their own; leave host empty" -}}
{{- end -}}
{{- if hasKey .Values.env "ERL_ZFLAGS" -}}
{{- fail "env: the chart sets ERL_ZFLAGS, which consoles need and which keeps Erlang from starting without beam-mtls; put your flags into ERL_FLAGS" -}}
{{- end -}}
{{- /* Not in the schema, because Helm's error would name a different value. */ -}}
{{- if hasKey .Values.env "BEAM_MTLS_COOKIE" -}}
{{- fail "env: BEAM_MTLS_COOKIE would put the cookie into the pod's specification; put it into a Secret and set cookie.existingSecret" -}}
{{- end -}}
{{- $fields := list "POD_NAME" "POD_NAMESPACE" "POD_IP" "POD_IPS" -}}
{{- range $fields -}}
{{- if hasKey $.Values.env . -}}
{{- fail (printf "env: the chart sets %s from the pod; remove it" .) -}}
{{- end -}}
{{- end -}}
{{- $variables := merge (dict) (include "clustered-app.env.node" . | fromYaml) (include "clustered-app.env.certificate" . | fromYaml) .Values.env -}}
{{- $taken := concat $fields (keys $variables) -}}
{{- range .Values.extraEnv -}}
{{- if has .name $taken -}}
{{- fail (printf "extraEnv: %s is already set; change it in env, or with the value that it comes from" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
