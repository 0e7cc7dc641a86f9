{{- /* Names and labels. Template names are global in Helm, hence the prefix. */ -}}

{{- define "clustered-app.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- /* Pods of a StatefulSet have a label that consists of this and a hash: 52 characters at most. */ -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- /* Immutable in StatefulSets and Deployments: do not add anything that changes with a version. */ -}}
{{- define "clustered-app.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* The pod of `helm test`, which no selector of the nodes may match. */ -}}
{{- define "clustered-app.testSelector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 58 | trimSuffix "-" }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "clustered-app.labels" -}}
{{ include "clustered-app.selector" . }}
{{ include "clustered-app.origin" . }}
{{- end -}}

{{- /* Labels that say what installed the object. */ -}}
{{- define "clustered-app.origin" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* The headless Service. */ -}}
{{- define "clustered-app.nodes" -}}
{{ include "clustered-app.fullname" . }}-nodes
{{- end -}}

{{- define "clustered-app.domain" -}}
{{ include "clustered-app.nodes" . }}.{{ .Release.Namespace }}.svc.{{ default "cluster.local" .Values.clusterDomain }}
{{- end -}}

{{- define "clustered-app.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "clustered-app.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ required "serviceAccount.name: set it to an existing service account, or set serviceAccount.create to true" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "clustered-app.cookieSecret" -}}
{{ default (printf "%s-cookie" (include "clustered-app.fullname" .)) .Values.cookie.existingSecret }}
{{- end -}}

{{- define "clustered-app.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ required "image.tag: set it, or set image.digest" .Values.image.tag }}
{{- end -}}
{{- end -}}
