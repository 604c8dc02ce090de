{{- define "keyferry.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "keyferry.selector" -}}
app.kubernetes.io/name: keyferry
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "keyferry.labels" -}}
{{ include "keyferry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "keyferry.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- define "keyferry.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "keyferry.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- /* Redis by its parts; the password is filled in by the kubelet, from the variable before. */ -}}
{{- define "keyferry.redisUrl" -}}
{{- $redis := .Values.redis -}}
{{- $scheme := printf "redis%s%s" (ternary "s" "" $redis.tls) (ternary "" (printf "-%s" $redis.mode) (eq $redis.mode "single")) -}}
{{- $login := ternary (printf "%s:$(REDIS_PASSWORD)@" $redis.username) "" (ne .Values.secrets.redisPassword.name "") -}}
{{ $scheme }}://{{ $login }}{{ join "," $redis.hosts }}
{{- if eq $redis.mode "sentinel" }}/{{ $redis.masterName }}{{ end }}
{{- if ne $redis.mode "cluster" }}/{{ $redis.database }}{{ end }}
{{- if and (eq $redis.mode "sentinel") .Values.secrets.sentinelPassword.name }}?sentinel_password=$(SENTINEL_PASSWORD){{ end }}
{{- end -}}

{{- /* Variables that a Secret holds, by component: the variable, and its name below `secrets`. */ -}}
{{- define "keyferry.secretVariables" -}}
migration:
  DATABASE_URL: database
  KEYFERRY_MIGRATION_DATABASE_URL: migrationDatabase
api:
  DATABASE_URL: database
  REDIS_URL: redisUrl
  KEYFERRY_ENCRYPTION_KEY: encryptionKey
  KEYFERRY_ADMIN_TOKEN: adminToken
  KEYFERRY_SIGNING_KEY: signingKey
  KEYFERRY_OIDC_CLIENT_SECRET: oidcClientSecret
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders
worker:
  DATABASE_URL: database
  REDIS_URL: redisUrl
  KEYFERRY_ENCRYPTION_KEY: encryptionKey
  CCKM_PASSWORD: cckmPassword
  CCKM_REFRESH_TOKEN: cckmRefreshToken
  KEYFERRY_CHECK_TOKENS: checkTokens
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders
{{- end -}}

{{- /* The variables of (dict "root" $ "component" …) whose Secret is named: { variable: { name, key } }. */ -}}
{{- define "keyferry.secretsOf" -}}
{{- $root := .root -}}
{{- range $variable, $name := get (include "keyferry.secretVariables" $root | fromYaml) .component }}
{{- with get $root.Values.secrets $name }}{{ if .name }}
{{ $variable }}: {{ toJson . }}
{{- end }}{{ end }}
{{- end }}
{{- end -}}

{{- define "keyferry.variables" -}}
{{- range $variable, $secret := include "keyferry.secretsOf" . | fromYaml }}
- { name: {{ $variable }}_FILE, value: /run/secrets/keyferry/{{ $variable }} }
{{- end }}
- { name: KEYFERRY_LOG_LEVEL, value: {{ .root.Values.logLevel | quote }} }
{{- end -}}

{{- /* What API and workers share; empty values count as not set. */ -}}
{{- define "keyferry.sharedVariables" -}}
{{- $values := .root.Values -}}
- { name: CCKM_URL, value: {{ required "cckm.url names the CipherTrust Manager" $values.cckm.url | quote }} }
- { name: KEYFERRY_PUBLIC_URL, value: {{ $values.publicUrl | quote }} }
{{- if and $values.redis.mode (not $values.secrets.redisUrl.name) }}
{{- with $values.secrets.redisPassword }}{{ if .name }}
- { name: REDIS_PASSWORD, valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } } }
{{- end }}{{ end }}
{{- with $values.secrets.sentinelPassword }}{{ if .name }}
- { name: SENTINEL_PASSWORD, valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } } }
{{- end }}{{ end }}
- { name: REDIS_URL, value: {{ include "keyferry.redisUrl" .root | quote }} }
{{- end }}
{{- range $variable, $file := dict "REDIS_CA_FILE" $values.certificates.redisCa "KEYFERRY_WEBHOOK_CA_FILE" $values.certificates.webhookCa }}
{{- if $file }}
- { name: {{ $variable }}, value: /etc/keyferry/ca/{{ $file }} }
{{- end }}
{{- end }}
{{- end -}}

{{- /* Variables as they are in the configuration reference, given as values. */ -}}
{{- define "keyferry.ownVariables" -}}
{{- range $variable, $value := . }}
- { name: {{ $variable }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{- define "keyferry.mounts" -}}
- { name: secrets, mountPath: /run/secrets/keyferry, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.certificates.configMap }}
- { name: ca, mountPath: /etc/keyferry/ca, readOnly: true }
{{- end }}
{{- end -}}

{{- define "keyferry.volumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
    {{- range $variable, $secret := include "keyferry.secretsOf" . | fromYaml }}
      - secret: { name: {{ $secret.name }}, items: [{ key: {{ $secret.key }}, path: {{ $variable }} }] }
    {{- end }}
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
{{- with .root.Values.certificates.configMap }}
- name: ca
  configMap: { name: {{ . }} }
{{- end }}
{{- end -}}

{{- define "keyferry.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* What every pod has, of (dict "root" $ "component" …). */ -}}
{{- define "keyferry.pod" -}}
{{- $values := .root.Values -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- toYaml $values.podSecurityContext | nindent 2 }}
{{- with $values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if ne .component "migration" }}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "keyferry.selector" $.root | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- end }}
{{- end -}}
