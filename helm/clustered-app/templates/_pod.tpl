{{- /* The pod of a node: the pod template of the workload, from which the pod of `helm test` is derived too. */ -}}
{{- define "clustered-app.pod" -}}
{{- include "clustered-app.validate" . -}}
{{- $user := dict -}}
{{- $userCertificate := dict -}}
{{- range $name, $value := .Values.env -}}
{{- $_ := set (ternary $userCertificate $user (hasPrefix "PODCERT_" $name)) $name $value -}}
{{- end -}}
{{- $certificate := merge $userCertificate (include "clustered-app.env.certificate" . | fromYaml) (dict "PODCERT_DIRECTORY" "/run/podcert") -}}
{{- $node := merge $user (include "clustered-app.env.node" . | fromYaml) -}}
{{- if .Values.initContainer.enabled -}}
{{- $node = merge $node (dict "PODCERT_DIRECTORY" $certificate.PODCERT_DIRECTORY) -}}
{{- else -}}
{{- $node = merge $node $certificate -}}
{{- end -}}
metadata:
  labels:
    {{- include "clustered-app.selector" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "clustered-app.serviceAccount" . }}
  automountServiceAccountToken: {{ not .Values.initContainer.enabled }}
  # Variables named after Services could be mistaken for settings.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.initContainer.enabled }}
  initContainers:
    - name: podcert
      image: {{ default (include "clustered-app.image" .) .Values.initContainer.image | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command:
        {{- toYaml .Values.initContainer.command | nindent 8 }}
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      env:
        {{- include "clustered-app.env.pod" . | nindent 8 }}
        {{- include "clustered-app.env.list" $certificate | trim | nindent 8 }}
      {{- with .Values.initContainer.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - { name: certificate, mountPath: {{ $certificate.PODCERT_DIRECTORY }} }
        - { name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
        {{- if .Values.trust.configMap }}
        - { name: trust, mountPath: /run/podcert-trust, readOnly: true }
        {{- end }}
  {{- end }}
  containers:
    - name: app
      image: {{ include "clustered-app.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      {{- with .Values.command }}
      command:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.args }}
      args:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      env:
        {{- include "clustered-app.env.pod" . | nindent 8 }}
        {{- include "clustered-app.env.list" $node | trim | nindent 8 }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - { name: distribution, containerPort: {{ .Values.listen | int }} }
        {{- range .Values.ports }}
        - { name: {{ .name }}, containerPort: {{ .port | int }} }
        {{- end }}
      {{- with .Values.startupProbe }}
      startupProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.livenessProbe }}
      livenessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.readinessProbe }}
      readinessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.lifecycle }}
      lifecycle:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - { name: certificate, mountPath: {{ $certificate.PODCERT_DIRECTORY }}, readOnly: {{ .Values.initContainer.enabled }} }
        - { name: config, mountPath: {{ $node.BEAM_MTLS_CONFIG_DIRECTORY }} }
        - { name: cookie, mountPath: /run/beam-cookie, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- if and .Values.trust.configMap (not .Values.initContainer.enabled) }}
        - { name: trust, mountPath: /run/podcert-trust, readOnly: true }
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    # The key is kept in memory, never on a disk.
    - { name: certificate, emptyDir: { medium: Memory, sizeLimit: 4Mi } }
    - { name: config, emptyDir: { medium: Memory, sizeLimit: 4Mi } }
    - { name: tmp, emptyDir: { sizeLimit: {{ .Values.tmpSize }} } }
    - name: cookie
      secret:
        secretName: {{ include "clustered-app.cookieSecret" . }}
        defaultMode: 0440
        items: [{ key: {{ .Values.cookie.key | quote }}, path: {{ .Values.cookie.key | quote }} }]
    {{- if .Values.trust.configMap }}
    - name: trust
      configMap: { name: {{ .Values.trust.configMap }} }
    {{- end }}
    {{- if .Values.initContainer.enabled }}
    - name: token
      projected:
        defaultMode: 0440
        sources:
          - serviceAccountToken: { path: token, expirationSeconds: 3600 }
          - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
          - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
