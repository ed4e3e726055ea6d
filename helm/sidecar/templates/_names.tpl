{{/* A release may have dots in its name and begin with a digit, a Service may not. */}}
{{- define "chart.name" -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- if regexMatch "^[0-9]" $release -}}
{{ printf "%s-%s" .Chart.Name $release | trunc 52 | trimSuffix "-" }}
{{- else if contains .Chart.Name $release -}}
{{ $release | trunc 52 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" $release .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "chart.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "chart.labels" -}}
{{ include "chart.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "chart.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "chart.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{/* Many pods before one upstream: if all followed it, all would vanish at once. */}}
{{- define "chart.config" -}}
{{- mergeOverwrite (dict "health" (dict "readiness" "proxy-only") "telemetry" (dict "service" (include "chart.name" .))) (deepCopy (.Values.config | default dict)) | toYaml }}
{{- end }}

{{- define "chart.configMap" -}}
{{ .Values.existingConfigMap | default (include "chart.name" .) }}
{{- end }}

{{/* What several values say together, which the schema cannot see. */}}
{{- define "chart.checks" -}}
{{- if and .Values.existingConfigMap .Values.config }}
{{- fail "config and existingConfigMap exclude each other" }}
{{- end }}
{{- $timeout := dig "shutdown" "timeout" "30s" (.Values.config | default dict) | include "sidecar.seconds" | int }}
{{- $needed := add (int .Values.wait) $timeout }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $needed) }}
{{- fail (printf "terminationGracePeriodSeconds is %d: wait and config.shutdown.timeout need %d" (int .Values.terminationGracePeriodSeconds) (int $needed)) }}
{{- end }}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) }}
{{- fail "autoscaling.maxReplicas is below autoscaling.minReplicas" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not (dig "requests" "cpu" "" .Values.resources)) }}
{{- fail "autoscaling needs resources.requests.cpu" }}
{{- end }}
{{- end }}
