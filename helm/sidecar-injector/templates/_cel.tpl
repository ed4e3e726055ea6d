{{/*
Data as an expression of CEL, which policies are written in: "cel" of a dict with the
`path` of the type (Object.spec.initContainers) and the `value`. A field of an object is
of the type that its path names; what has names of its own is a map.
*/}}

{{- define "cel" -}}
{{- $path := .path -}}
{{- if kindIs "map" .value -}}
{{- $named := has (last (splitList "." $path)) (list "requests" "limits" "labels") -}}
{{- ternary "" $path $named }}{
{{- range $index, $name := keys .value | sortAlpha -}}
{{- if $index }}, {{ end -}}
{{- $below := dict "path" (printf "%s.%s" $path $name) "value" (get $.value $name) -}}
{{- ternary (toJson $name) $name $named }}: {{ include "cel" $below -}}
{{- end }}}
{{- else if kindIs "slice" .value -}}
[
{{- range $index, $value := .value -}}
{{- if $index }}, {{ end -}}
{{- include "cel" (dict "path" $path "value" $value) -}}
{{- end }}]
{{- else if kindIs "float64" .value -}}
{{ int64 .value }}
{{- else -}}
{{ toJson .value }}
{{- end -}}
{{- end }}

{{/* The text of a pod's annotation, empty where it has none. */}}
{{- define "cel.annotation" -}}
has(object.metadata.annotations) && {{ toJson . }} in object.metadata.annotations ? object.metadata.annotations[{{ toJson . }}] : ""
{{- end }}

{{- define "injector.apiVersion" -}}
{{- $group := "admissionregistration.k8s.io" -}}
{{- $kind := "MutatingAdmissionPolicy" -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- if .Values.apiVersion -}}
{{ $group }}/{{ .Values.apiVersion }}
{{- else if or (.Capabilities.APIVersions.Has (printf "%s/v1/%s" $group $kind)) (semverCompare ">=1.36.0-0" $version) -}}
{{ $group }}/v1
{{- else if .Capabilities.APIVersions.Has (printf "%s/v1beta1/%s" $group $kind) -}}
{{ $group }}/v1beta1
{{- else -}}
{{- fail (printf "Kubernetes %s has no %s: it comes with 1.36; in 1.34 and 1.35 the feature gate and v1beta1 of %s have to be switched on" $version $kind $group) -}}
{{- end -}}
{{- end }}

{{- define "injector.labels" -}}
app.kubernetes.io/name: sidecar-injector
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
