/// A kind of object that every cluster knows, and where the API server takes it.
/// (Kubernetes, API reference v1.33)
struct ResourceKind: Hashable {
  /// Empty for the core group.
  var group: String
  var versions: [String]
  var kind: String
  var plural: String
  var isNamespaced: Bool

  static func named(_ kind: String, group: String) -> ResourceKind? {
    table.first { $0.kind == kind && $0.group == group }
  }

  /// The path of the object with that name.
  static func path(
    apiVersion: String, plural: String, namespace: String?, name: String
  ) -> String {
    let start = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
    let middle = namespace.map { "/namespaces/\($0)" } ?? ""
    return "\(start)\(middle)/\(plural)/\(name)"
  }

  private static func core(_ kind: String, _ plural: String, _ isNamespaced: Bool = true)
    -> ResourceKind
  {
    ResourceKind(
      group: "", versions: ["v1"], kind: kind, plural: plural, isNamespaced: isNamespaced)
  }

  private static func of(
    _ group: String, _ kind: String, _ plural: String, _ isNamespaced: Bool = true,
    versions: [String] = ["v1"]
  ) -> ResourceKind {
    ResourceKind(
      group: group, versions: versions, kind: kind, plural: plural, isNamespaced: isNamespaced)
  }

  private static let table: [ResourceKind] = [
    core("ConfigMap", "configmaps"),
    core("LimitRange", "limitranges"),
    core("Namespace", "namespaces", false),
    core("PersistentVolumeClaim", "persistentvolumeclaims"),
    core("ResourceQuota", "resourcequotas"),
    core("Service", "services"),
    core("ServiceAccount", "serviceaccounts"),
    of(
      "admissionregistration.k8s.io", "MutatingWebhookConfiguration",
      "mutatingwebhookconfigurations", false),
    of(
      "admissionregistration.k8s.io", "ValidatingWebhookConfiguration",
      "validatingwebhookconfigurations", false),
    of("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false),
    of("apiregistration.k8s.io", "APIService", "apiservices", false),
    of("apps", "DaemonSet", "daemonsets"),
    of("apps", "Deployment", "deployments"),
    of("apps", "StatefulSet", "statefulsets"),
    of(
      "autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
      versions: ["v1", "v2"]),
    of("batch", "CronJob", "cronjobs"),
    of("batch", "Job", "jobs"),
    of("networking.k8s.io", "Ingress", "ingresses"),
    of("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    of("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
    of("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", false),
    of("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", false),
    of("rbac.authorization.k8s.io", "Role", "roles"),
    of("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
    of("scheduling.k8s.io", "PriorityClass", "priorityclasses", false),
  ]
}
