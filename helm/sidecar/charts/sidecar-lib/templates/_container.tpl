{{/*
The container, for whoever says where it listens and asks: image, listen, health,
upstream, native, wait, resources, extraEnv, extraVolumeMounts.
*/}}

{{- define "sidecar.container" -}}
name: sidecar
image: {{ include "sidecar.image" . }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- if .native }}
restartPolicy: Always
{{- end }}
args:
  - run
  - --config=/etc/sidecar/sidecar.yaml
  - --upstream={{ .upstream }}
  - --listen=0.0.0.0:{{ int .listen }}
  - --health=0.0.0.0:{{ int .health }}
{{- with .extraEnv }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - {name: sidecar-http, containerPort: {{ int .listen }}}
  - {name: sidecar-health, containerPort: {{ int .health }}}
resources: {{- toYaml .resources | nindent 2 }}
# Never the upstream: the application starts after this one passed.
startupProbe:
  httpGet: {path: /startupz, port: {{ int .health }}}
  periodSeconds: 1
  failureThreshold: 30
readinessProbe:
  httpGet: {path: /readyz, port: {{ int .health }}}
  periodSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /livez, port: {{ int .health }}}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
lifecycle:
  preStop:
    exec:
      command: [sidecar, drain, --config=/etc/sidecar/sidecar.yaml{{ with .wait }}, --wait={{ int . }}{{ end }}]
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
terminationMessagePolicy: FallbackToLogsOnError
volumeMounts:
  - {name: sidecar-config, mountPath: /etc/sidecar, readOnly: true}
  - {name: sidecar-tmp, mountPath: /tmp}
  {{- with .extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "sidecar.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default "0.1.0" }}
{{- end -}}
{{- end }}

{{/* A duration of the configuration, such as 90 or 1m30s, in whole seconds. */}}
{{- define "sidecar.seconds" -}}
{{- $units := dict "d" 86400.0 "h" 3600.0 "m" 60.0 "s" 1.0 "ms" 0.001 "" 1.0 -}}
{{- $sum := 0.0 -}}
{{- range regexFindAll "[0-9.]+[a-z]*" (toString .) -1 -}}
{{- $number := regexFind "[0-9.]+" . -}}
{{- $sum = addf $sum (mulf (float64 $number) (get $units (trimPrefix $number .))) -}}
{{- end -}}
{{ ceil $sum }}
{{- end }}

{{/* A folder, never a subPath, which sees no update. */}}
{{- define "sidecar.podVolumes" -}}
- name: sidecar-config
  configMap: {name: {{ . }}}
- name: sidecar-tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- end }}
