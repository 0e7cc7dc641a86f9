{{- /* The issuer in the form of podcert's setting: NAME, KIND/NAME or KIND.GROUP/NAME. */ -}}
{{- define "clustered-app.issuer" -}}
{{- $ref := include "clustered-app.issuerRef" . -}}
{{- if not (or .Values.issuer $ref) -}}
{{- fail "issuer: set it to NAME of an Issuer, ClusterIssuer/NAME or KIND.GROUP/NAME, or set issuerRef.name" -}}
{{- end -}}
{{- if and .Values.issuer $ref (ne (include "clustered-app.fullIssuer" .Values.issuer) (include "clustered-app.fullIssuer" $ref)) -}}
{{- fail (printf "issuer: %s differs from issuerRef, which is %s; set only one of them" .Values.issuer $ref) -}}
{{- end -}}
{{- default $ref .Values.issuer -}}
{{- end -}}

{{- /* `issuerRef` in the same form; empty if it is not set. */ -}}
{{- define "clustered-app.issuerRef" -}}
{{- $kind := default "Issuer" .Values.issuerRef.kind -}}
{{- $group := default "cert-manager.io" .Values.issuerRef.group -}}
{{- if .Values.issuerRef.name -}}
{{ $kind }}{{ if ne $group "cert-manager.io" }}.{{ $group }}{{ end }}/{{ .Values.issuerRef.name }}
{{- else if or .Values.issuerRef.kind .Values.issuerRef.group -}}
{{- fail "issuerRef.name: set it to the name of the issuer; issuerRef.kind and issuerRef.group alone do not name an issuer" -}}
{{- end -}}
{{- end -}}

{{- /* KIND.GROUP/NAME of an issuer that may be given in a shorter form. */ -}}
{{- define "clustered-app.fullIssuer" -}}
{{- $parts := splitList "/" . -}}
{{- $kind := ternary (first $parts) "Issuer" (gt (len $parts) 1) -}}
{{ ternary $kind (printf "%s.cert-manager.io" $kind) (contains "." $kind) }}/{{ last $parts }}
{{- end -}}
