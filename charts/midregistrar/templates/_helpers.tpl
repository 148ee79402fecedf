{{- define "midregistrar.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "midregistrar.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "midregistrar.selector" -}}
app.kubernetes.io/name: {{ include "midregistrar.name" . }}-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "midregistrar.labels" -}}
{{ include "midregistrar.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Of what `helm test` runs: the operator's Service and Deployment must not take its pod for theirs. */}}
{{- define "midregistrar.checkLabels" -}}
app.kubernetes.io/name: {{ include "midregistrar.name" . }}-check
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: check
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "midregistrar.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "midregistrar.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.create is false, but serviceAccount.name is empty; name an account that exists, or set serviceAccount.create to true" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* repository, tag and digest of an image as one text; the digest counts more */}}
{{- define "midregistrar.reference" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}
{{- end }}

{{- define "midregistrar.image" -}}
{{- include "midregistrar.reference" (dict "repository" .Values.image.repository "tag" (default .Chart.AppVersion .Values.image.tag) "digest" .Values.image.digest) }}
{{- end }}

{{- define "midregistrar.proxyImage" -}}
{{- with .Values.proxy.image }}
{{- if or .repository .tag .digest }}
{{- include "midregistrar.reference" (dict "repository" (default $.Values.image.repository .repository) "tag" (coalesce .tag $.Values.image.tag $.Chart.AppVersion) "digest" .digest) }}
{{- else }}
{{- include "midregistrar.image" $ }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the operator may do in a namespace that it serves. Secrets are not among it: pods mount them by name. */}}
{{- define "midregistrar.rules" -}}
- apiGroups: [midregistrar.dev]
  resources: [midregistrars]
  verbs: [get, list, watch]
- apiGroups: [midregistrar.dev]
  resources: [midregistrars/status]
  verbs: [get, patch]
- apiGroups: [midregistrar.dev]
  resources: [midregistrars/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: &all [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, configmaps, serviceaccounts, persistentvolumeclaims]
  verbs: *all
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: *all
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: *all
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors]
  verbs: *all
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "midregistrar.check" -}}
{{- if and (eq .Values.watch.scope "Namespaces") (empty .Values.watch.namespaces) }}
{{- fail "watch.scope is Namespaces, but watch.namespaces names none; name those that are to be served, or set watch.scope to Cluster" }}
{{- end }}
{{- if and (eq .Values.watch.scope "Cluster") .Values.watch.namespaces }}
{{- fail "watch.namespaces names some, but watch.scope is Cluster; set watch.scope to Namespaces, or leave watch.namespaces empty" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) }}
{{- fail "metrics.serviceMonitor.enabled is true, but metrics.service.enabled is false, and the one finds the operator by the other; set both to true" }}
{{- end }}
{{- if lt .Values.operator.kubeApi.burst .Values.operator.kubeApi.qps }}
{{- fail "operator.kubeApi.burst is below operator.kubeApi.qps, which could never be reached; raise the one or lower the other" }}
{{- end }}
{{- $ours := include "midregistrar.labels" . | fromYaml }}
{{- range $path, $labels := dict "operator.podLabels" .Values.operator.podLabels "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels "metrics.prometheusRule.labels" .Values.metrics.prometheusRule.labels "metrics.dashboards.labels" .Values.metrics.dashboards.labels }}
{{- range $key, $_ := $labels }}
{{- if hasKey $ours $key }}
{{- fail (printf "%s sets %s, which the chart sets itself and finds its objects by; choose another label" $path $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
