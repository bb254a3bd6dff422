"""STAND-IN for what a cluster's controllers do, Flux's among them. This is not Flux: nothing is
fetched, nothing runs. Whoever asks the API finds objects as far as they would have come by then: kinds
are established, Deployments become available, a GitRepository and a Kustomization have conditions in
the words of source-controller and kustomize-controller. How they fare is told by faults:

    crdDelay, deployDelay   seconds until a kind is established, a Deployment available
    noWAN                   true, or seconds after the repository was named: it cannot be reached
    repository              "key", "host", "branch" or "unknown": why it cannot be fetched
    decryption              true: what is in the repository cannot be decrypted
    takesOver               true: kustomize-controller applies the Deployments too, with 2 replicas
"""
import copy
import time

import apply

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
SOURCES = "/apis/source.toolkit.fluxcd.io/"
SYNCS = "/apis/kustomize.toolkit.fluxcd.io/"
REVISION = "%s@sha1:5741d1d000000000000000000000000000000000"

WORDS = {
    "key": "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], "
           "no supported methods remain",
    "host": "ssh: handshake failed: knownhosts: key mismatch",
    "branch": "couldn't find remote ref \"refs/heads/%s\"",
    "unknown": "repository not found",
    "wan": "dial tcp: lookup %s on 10.43.0.10:53: no such host",
}


def condition(kind, status, reason, message, generation):
    return {"type": kind, "status": status, "reason": reason, "message": message,
            "observedGeneration": generation}


class Controllers:
    def __init__(self, own):
        self.own, self.store = own, own.datastore
        # When an object was seen first as it is wanted now.
        self.seen = {}

    def age(self, item):
        meta = item["metadata"]
        key = (meta.get("uid"), meta.get("generation"))
        return time.monotonic() - self.seen.setdefault(key, time.monotonic())

    def number(self, name, default):
        value = self.own.fault(name)
        return default if value is None else float(value)

    def look(self):
        """What came about since somebody asked last."""
        with self.store.lock:
            for path in list(self.store.objects):
                item = self.store.get(path)
                status = self.status(path, item)
                if status is None:
                    continue
                old = copy.deepcopy(item.get("status"))
                if old != status:
                    self.store.put(path, {**copy.deepcopy(item), "status": status})

    def status(self, path, item):
        generation = item.get("metadata", {}).get("generation", 1)
        if path.startswith(CRDS):
            if self.age(item) < self.number("crdDelay", 0.1):
                return None
            return {"conditions": [condition("NamesAccepted", "True", "NoConflicts", "no conflicts found", generation),
                                   condition("Established", "True", "InitialNamesAccepted",
                                             "the initial names have been accepted", generation)]}
        if "/deployments/" in path and path.startswith("/apis/apps/v1/"):
            ready = self.age(item) >= self.number("deployDelay", 0.1)
            return {"observedGeneration": generation, "conditions": [
                condition("Available", "True" if ready else "False",
                          "MinimumReplicasAvailable" if ready else "MinimumReplicasUnavailable",
                          "Deployment has minimum availability." if ready
                          else "Deployment does not have minimum availability.", generation)]}
        if path.startswith(SOURCES) and "/gitrepositories/" in path:
            return self.source(item, generation)
        if path.startswith(SYNCS) and "/kustomizations/" in path:
            return self.sync(item, generation)
        return None

    def runs(self, space, name):
        found = self.store.get("/apis/apps/v1/namespaces/%s/deployments/%s" % (space, name))
        return bool(found) and any(
            one["type"] == "Available" and one["status"] == "True"
            for one in found.get("status", {}).get("conditions", []))

    def secret(self, space, reference):
        name = (reference or {}).get("name")
        if not name or self.store.get("/api/v1/namespaces/%s/secrets/%s" % (space, name)):
            return None
        return "failed to get secret '%s/%s': secrets \"%s\" not found" % (space, name, name)

    def ready(self, item, generation, trouble, reason, message):
        status = condition("Ready", "False" if trouble else "True", reason, trouble or message, generation)
        return {"observedGeneration": generation, "conditions": [status]}

    def source(self, item, generation):
        space, spec = item["metadata"]["namespace"], item["spec"]
        if not self.runs(space, "source-controller"):
            return item.get("status")
        missing = self.secret(space, spec.get("secretRef"))
        if missing:
            return self.ready(item, generation, missing, "AuthenticationFailed", None)
        wan = self.own.fault("noWAN")
        away = wan is True or isinstance(wan, (int, float)) and self.age(item) < wan
        kind = "wan" if away else self.own.fault("repository")
        branch = (spec.get("ref") or {}).get("branch", "master")
        host = spec["url"].split("//")[1].split("/")[0].split("@")[-1]
        if kind:
            words = WORDS[kind].replace("%s", branch if kind == "branch" else host)
            trouble = "failed to checkout and determine revision: unable to list remote for '%s': %s" % (
                spec["url"], words)
            return self.ready(item, generation, trouble, "GitOperationFailed", None)
        return self.ready(item, generation, None, "Succeeded",
                          "stored artifact for revision '%s' (STAND-IN Flux)" % (REVISION % branch))

    def sync(self, item, generation):
        space, spec = item["metadata"]["namespace"], item["spec"]
        if not self.runs(space, "kustomize-controller"):
            return item.get("status")
        source = self.store.get("%sv1/namespaces/%s/gitrepositories/%s" % (
            SOURCES, space, spec["sourceRef"]["name"]))
        conditions = (source or {}).get("status", {}).get("conditions", [])
        if not any(one["type"] == "Ready" and one["status"] == "True" for one in conditions):
            return self.ready(item, generation, "Source artifact not found, retrying in 30s",
                              "ArtifactFailed", None)
        missing = self.secret(space, (spec.get("decryption") or {}).get("secretRef"))
        if missing or self.own.fault("decryption"):
            return self.ready(
                item, generation, missing or "failed to decrypt and unmarshal 'apps/x.yaml': cannot get sops data key: "
                "Error getting data key: 0 successful groups required, got 0", "BuildFailed", None)
        if self.own.fault("takesOver"):
            self.take_over(space)
        return self.ready(item, generation, None, "ReconciliationSucceeded",
                          "Applied revision: %s (STAND-IN Flux)" % (REVISION % "main"))

    def take_over(self, space):
        """The repository holds Flux as well, and its own controller keeps it from now on."""
        folder = "/apis/apps/v1/namespaces/%s/deployments/" % space
        for path in [one for one in self.store.objects if one.startswith(folder)]:
            there = self.store.get(path)
            mine = {"apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": {"name": there["metadata"]["name"], "namespace": space,
                                 "labels": {"kustomize.toolkit.fluxcd.io/name": "flux-system"}},
                    "spec": {**there["spec"], "replicas": 2}}
            result = apply.apply(there, mine, "kustomize-controller", force=True)
            if result is not there:
                self.store.put(path, result)
