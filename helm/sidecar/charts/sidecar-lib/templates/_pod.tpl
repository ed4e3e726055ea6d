{{/*
For the charts of applications. All of it reads `.Values.sidecar`, whose defaults are in
"sidecar.defaults". In a Deployment:

    metadata:
      labels: {{- include "sidecar.podLabels" . | nindent 8 }}
      annotations: {{- include "sidecar.podAnnotations" . | nindent 8 }}
    spec:
      terminationGracePeriodSeconds: {{ include "sidecar.gracePeriod" . }}
      initContainers: {{- include "sidecar.initContainers" . | nindent 8 }}
      containers:
        - name: app
          lifecycle: {{- include "sidecar.appLifecycle" . | nindent 12 }}
        {{- include "sidecar.containers" . | nindent 8 }}
      volumes: {{- include "sidecar.volumes" . | nindent 8 }}

In the Service, `targetPort: {{ include "sidecar.port" . }}`; in a file of its own,
{{ include "sidecar.configMap" . }}.
*/}}

{{- define "sidecar.defaults" -}}
image: {repository: sidecar, tag: "", digest: "", pullPolicy: IfNotPresent}
# The application's port, and those that the sidecar takes; 150xx seldom clash.
port: 8080
listen: 15080
health: 15081
# auto: a native sidecar from Kubernetes 1.29, else one of the containers.
mode: auto
# How long the application goes on after the pod was told to end.
wait: 10
# The configuration file. Where it listens and asks stands in arguments, which win.
config: {shutdown: {grace: 0s, timeout: 15s}}
existingConfigMap: ""
# hot: the sidecar reads a changed file by itself. rollout: the pods are replaced.
reload: rollout
resources: {requests: {cpu: 50m, memory: 96Mi}, limits: {memory: 256Mi}}
extraEnv: []
extraVolumeMounts: []
{{- end }}

{{- define "sidecar.settings" -}}
{{- mergeOverwrite (include "sidecar.defaults" . | fromYaml) (deepCopy (.Values.sidecar | default dict)) | toYaml }}
{{- end }}

{{- define "sidecar.isNative" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- if eq $settings.mode "auto" -}}
{{- semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version -}}
{{- else -}}
{{- eq $settings.mode "native" -}}
{{- end -}}
{{- end }}

{{- define "sidecar.initContainers" -}}
{{- if eq (include "sidecar.isNative" .) "true" -}}
- {{ include "sidecar.podContainer" . | nindent 2 | trim }}
{{- end }}
{{- end }}

{{- define "sidecar.containers" -}}
{{- if ne (include "sidecar.isNative" .) "true" -}}
- {{ include "sidecar.podContainer" . | nindent 2 | trim }}
{{- end }}
{{- end }}

{{- define "sidecar.podContainer" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- $native := eq (include "sidecar.isNative" .) "true" -}}
{{- $_ := set $settings "native" $native -}}
{{- $_ := set $settings "upstream" (printf "http://127.0.0.1:%v" $settings.port) -}}
{{- /* A native one is told to end after the application; the others must wait. */ -}}
{{- $_ := set $settings "wait" (ternary 0 (int $settings.wait) $native) -}}
{{- include "sidecar.container" $settings }}
{{- end }}

{{- define "sidecar.appLifecycle" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
preStop:
  {{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}
  sleep: {seconds: {{ int $settings.wait }}}
  {{- else }}
  exec: {command: [sleep, {{ $settings.wait | toString | quote }}]}
  {{- end }}
{{- end }}

{{- define "sidecar.volumes" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- include "sidecar.podVolumes" (include "sidecar.configMapName" .) }}
{{- end }}

{{- define "sidecar.configMapName" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- $settings.existingConfigMap | default (printf "%s-sidecar" .Release.Name | trunc 63) }}
{{- end }}

{{- define "sidecar.configMap" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- if not $settings.existingConfigMap }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "sidecar.configMapName" . }}
  labels: {{- include "sidecar.podLabels" . | nindent 4 }}
data:
  sidecar.yaml: |
    {{- toYaml $settings.config | nindent 4 }}
{{- end }}
{{- end }}

{{- define "sidecar.podLabels" -}}
sidecar.dev/injected: "true"
{{- end }}

{{- define "sidecar.podAnnotations" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- if eq $settings.reload "rollout" -}}
sidecar.dev/config: {{ toYaml $settings.config | sha256sum | trunc 32 }}
{{- else -}}
{}
{{- end }}
{{- end }}

{{- define "sidecar.port" -}}
{{- (include "sidecar.settings" . | fromYaml).listen | int }}
{{- end }}

{{- define "sidecar.gracePeriod" -}}
{{- $settings := include "sidecar.settings" . | fromYaml -}}
{{- $shutdown := dict "grace" "3s" "timeout" "30s" | merge ($settings.config.shutdown | default dict) -}}
{{- $drain := add (include "sidecar.seconds" $shutdown.grace) (include "sidecar.seconds" $shutdown.timeout) -}}
{{- add (int $settings.wait) $drain 5 | max 30 }}
{{- end }}
